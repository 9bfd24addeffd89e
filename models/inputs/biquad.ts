import { cosine, sine } from './trigonometry.ts'

/** A cascade of second-order sections (transposed direct form II) with float64 state. */
export class BiquadCascade {
  /** b0 b1 b2 a1 a2 of each section. */
  private readonly coefficients: Float64Array
  /** Two per section. */
  readonly state: Float64Array

  constructor(sections: readonly BiquadSection[]) {
    this.coefficients = Float64Array.from(sections.flatMap((s) => [s.b0, s.b1, s.b2, s.a1, s.a2]))
    this.state = new Float64Array(2 * sections.length)
  }

  step(input: number): number {
    const { coefficients: c, state } = this
    let x = input
    for (let s = 0, k = 0; s < state.length; s += 2, k += 5) {
      const y = c[k]! * x + state[s]!
      state[s] = c[k + 1]! * x - c[k + 3]! * y + state[s + 1]!
      state[s + 1] = c[k + 2]! * x - c[k + 4]! * y
      x = y
    }
    return x
  }

  /** Puts the state where an endless constant input would have put it, so that a stream starts without a step. */
  settle(input: number): void {
    const { coefficients: c, state } = this
    let x = input
    for (let s = 0, k = 0; s < state.length; s += 2, k += 5) {
      const y = (x * (c[k]! + c[k + 1]! + c[k + 2]!)) / (1 + c[k + 3]! + c[k + 4]!)
      state[s] = y - c[k]! * x
      state[s + 1] = c[k + 2]! * x - c[k + 4]! * y
      x = y
    }
  }

  /** Group delay at a frequency, seconds: the negative slope of the phase, by a central difference over 0.02 Hz. */
  delaySeconds(hz: number, rateHz: number): number {
    const step = 0.01
    return (this.phase(hz - step, rateHz) - this.phase(hz + step, rateHz)) / (2 * Math.PI * 2 * step)
  }

  /** Gain at a frequency (1 = unchanged). */
  gain(hz: number, rateHz: number): number {
    let gain = 1
    this.eachResponse(hz, rateHz, (re, im) => (gain *= Math.hypot(re, im)))
    return gain
  }

  private phase(hz: number, rateHz: number): number {
    let phase = 0
    this.eachResponse(hz, rateHz, (re, im) => (phase += Math.atan2(im, re)))
    return phase
  }

  private eachResponse(hz: number, rateHz: number, take: (re: number, im: number) => void): void {
    const w = (2 * Math.PI * hz) / rateHz
    const [c1, s1, c2, s2] = [Math.cos(w), -Math.sin(w), Math.cos(2 * w), -Math.sin(2 * w)]
    const c = this.coefficients
    for (let k = 0; k < c.length; k += 5) {
      const [nRe, nIm] = [c[k]! + c[k + 1]! * c1 + c[k + 2]! * c2, c[k + 1]! * s1 + c[k + 2]! * s2]
      const [dRe, dIm] = [1 + c[k + 3]! * c1 + c[k + 4]! * c2, c[k + 3]! * s1 + c[k + 4]! * s2]
      const d = dRe * dRe + dIm * dIm
      take((nRe * dRe + nIm * dIm) / d, (nIm * dRe - nRe * dIm) / d)
    }
  }
}

export interface BiquadSection {
  b0: number
  b1: number
  b2: number
  a1: number
  a2: number
}

/** Quality factors of the second-order sections of a Butterworth filter. */
const butterworth = { 2: [0.7071067811865476], 4: [0.541196100146197, 1.3065629648763766] } as const

/**
 * Butterworth sections by the bilinear transform (Bristow-Johnson, Audio EQ Cookbook).
 * @throws RangeError where `hz` is not between 0 and half of `rateHz`.
 */
export function butterworthSections(
  kind: 'high-pass' | 'low-pass',
  order: 2 | 4,
  hz: number,
  rateHz: number,
): BiquadSection[] {
  if (!(hz > 0 && hz < rateHz / 2)) {
    throw new RangeError(`filter corner: expected between 0 and ${rateHz / 2} Hz, received ${hz} Hz`)
  }
  const w = (2 * Math.PI * hz) / rateHz
  const cos = cosine(w)
  return butterworth[order].map((q) => {
    const alpha = sine(w) / (2 * q)
    const a0 = 1 + alpha
    const edge = (kind === 'low-pass' ? 1 - cos : 1 + cos) / 2 / a0
    const middle = kind === 'low-pass' ? 2 * edge : -2 * edge
    return { b0: edge, b1: middle, b2: edge, a1: (-2 * cos) / a0, a2: (1 - alpha) / a0 }
  })
}

import { cosine } from '../../models/inputs/trigonometry.ts'
import type { MotionSecond } from '../stages/motionSeconds.ts'
import { Fourier } from '../vitals/fourier.ts'

/** Points a second of the grid on which every sensor's samples are put, and seconds looked at together. */
export const gridHz = 32
export const spanSeconds = 4
const length = gridHz * spanSeconds
const binsPerHz = spanSeconds
/** Movement is looked for between these, Hz; no more than 0.45 of the sensor's rate. */
const lowestHz = 0.75
const highestHz = 12
/** A peak reaches so far to each side, Hz: the width of the window's own lobe. */
const lobeHz = 0.5
const harmonics = 4

const transform = new Fourier(length)
/** cos(x - π) = -cos x: the series holds from -π to π. */
const hann = Float64Array.from({ length }, (_, i) => 0.5 + 0.5 * cosine((2 * Math.PI * (i + 0.5)) / length - Math.PI))
const buffers = [0, 1, 2, 3].map(() => new Float64Array(length))
const amplitudes = [0, 1, 2, 3].map(() => new Float64Array(length / 2))
const power = new Float64Array(length / 2)

/** What the spectrum of some seconds of acceleration says of its rhythm. */
export interface Rhythm {
  /** Of the strongest component, Hz. */
  hz: number
  /** Share of the power that lies at this frequency and its multiples. */
  share: number
  /** Power at half the frequency against that at it: legs and arms take turns, so that steps always have some. */
  half: number
}

/** One second's samples of each axis at the 32 points of the grid, one axis after the other; NaN-free, or undefined. */
export function onGrid({ samples, rateHz }: MotionSecond): Float32Array | undefined {
  const grid = new Float32Array(samples.length * gridHz)
  for (const [a, values] of samples.entries()) {
    if (values.length === 0) continue
    for (let g = 0; g < gridHz; g++) {
      const at = (g * rateHz) / gridHz
      // Many samples between two points are averaged, few are joined by lines.
      const value = rateHz >= 2 * gridHz ? meanOf(values, at, at + rateHz / gridHz) : between(values, at)
      if (Number.isNaN(value)) return undefined
      grid[a * gridHz + g] = value
    }
  }
  return grid
}

/** @param seconds the last `spanSeconds`, each as `onGrid` gives it */
export function rhythmOf(seconds: readonly Float32Array[], rateHz: number): Rhythm {
  const [x, y, z, none] = buffers as [Float64Array, Float64Array, Float64Array, Float64Array]
  for (const [a, into] of [x, y, z].entries()) {
    let mean = 0
    for (let i = 0; i < length; i++) mean += into[i] = seconds[Math.floor(i / gridHz)]![a * gridHz + (i % gridHz)]!
    mean /= length
    for (let i = 0; i < length; i++) into[i] = (into[i]! - mean) * hann[i]!
  }
  none.fill(0)
  const [a, b, c, d] = amplitudes as [Float64Array, Float64Array, Float64Array, Float64Array]
  transform.amplitudes(x, y, a, b)
  transform.amplitudes(z, none, c, d)
  const first = Math.ceil(lowestHz * binsPerHz)
  const last = Math.floor(Math.min(highestHz, 0.45 * rateHz) * binsPerHz)
  let total = 0
  let strongest = first
  for (let k = 0; k < power.length; k++) {
    power[k] = a[k]! ** 2 + b[k]! ** 2 + c[k]! ** 2
    if (k < first || k > last) continue
    total += power[k]!
    if (power[k]! > power[strongest]!) strongest = k
  }
  const around = (bin: number): number => {
    let sum = 0
    const from = Math.max(first, Math.ceil(bin - lobeHz * binsPerHz))
    for (let k = from; k <= Math.min(last, bin + lobeHz * binsPerHz); k++) sum += power[k]!
    return sum
  }
  let rhythmic = 0
  for (let h = 1; h <= harmonics; h++) rhythmic += around(h * strongest)
  return {
    hz: strongest / binsPerHz,
    share: total > 0 ? rhythmic / total : 0,
    half: around(strongest / 2) / around(strongest),
  }
}

function meanOf(values: Float32Array, from: number, to: number): number {
  let [sum, count] = [0, 0]
  for (let i = Math.ceil(from); i < to; i++) {
    const value = values[i] ?? NaN
    if (Number.isNaN(value)) continue
    sum += value
    count++
  }
  return count > 0 ? sum / count : NaN
}

function between(values: Float32Array, at: number): number {
  const i = Math.floor(at)
  const left = values[i] ?? NaN
  const right = values[i + 1] ?? NaN
  if (Number.isNaN(left)) return right
  return Number.isNaN(right) ? left : left + (at - i) * (right - left)
}

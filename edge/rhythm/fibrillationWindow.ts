import { BiquadCascade, butterworthSections } from '../../models/inputs/biquad.ts'
import { decodeFloat64, encodeFloat64 } from '../../models/inputs/typedArrays.ts'

export const fibrillationSettings = {
  windowSeconds: 4,
  /** Up to here a wave and itself half a period later cancel out (0: a sine, 1: nothing of it). */
  mostLeakage: 0.62,
  /** From here on hardly any stretch is isoelectric: share of the samples above a fifth of the highest. */
  leastCrossing: 0.4,
  /** Waves that ventricles can make in fibrillation or flutter, Hz; what wanders more slowly is an electrode or a chest compression. */
  leastHz: 2.5,
  mostHz: 10,
  /** From lowest to highest, mV: less may be an electrode's noise or fine fibrillation, and is `no-beats` to the rules. */
  leastMillivolts: 0.1,
} as const

/** The published filters: 1 Hz against the baseline, 30 Hz against muscle and mains. */
const bandHz = { from: 1, to: 30 } as const
/** Kept at about this rate. */
const keptHz = 120
/** mV of one step of what is kept. */
const step = 0.001
const mostSteps = 32_767
/** Longer holes begin a new window, s; within shorter ones the last sample is held. */
export const heldSeconds = 0.04
const crossing = { segmentSeconds: 3, taperSeconds: 0.25, threshold: 0.2 } as const

// Scratch of one look; nothing of it outlives the look.
let scratch = new Float64Array(0)
let heights = new Float64Array(0)
/** By rate of what is kept. */
const tapers = new Map<number, Float64Array>()

/** What a window of the ECG looks like. */
export interface WaveLook {
  /** 0 to 1. */
  leakage: number
  /** 0 to 1. */
  crossing: number
  /** Mean rate of the waves. */
  hz: number
  /** From lowest to highest. */
  millivolts: number
  /** Samples pushed up to the window's end. */
  samples: number
}

/** Waves without heartbeats between them, as of fibrillating or fluttering ventricles. */
export function looksLikeFibrillation({ leakage, crossing, hz, millivolts }: WaveLook): boolean {
  const { mostLeakage, leastCrossing, leastHz, mostHz, leastMillivolts } = fibrillationSettings
  return (
    leakage <= mostLeakage &&
    crossing >= leastCrossing &&
    hz >= leastHz &&
    hz <= mostHz &&
    millivolts >= leastMillivolts
  )
}

/**
 * Looks at the last four seconds of an ECG, once a second. Two published measures side by side: the leakage of a narrow
 * band-stop filter at the mean rate of the signal (Kuo & Dillman, Computers in Cardiology, 1978, as computed by Amann et al.,
 * BioMedical Engineering OnLine 4:60, 2005), and the threshold crossing sample count (Arafat et al., Signal Image and Video
 * Processing 5:331, 2011). Neither asks for a beat or for its quality. A window has no holes longer than 40 ms.
 */
export class FibrillationWindow {
  readonly rateHz: number
  private readonly filter: BiquadCascade
  /** Each so many-th sample is kept. */
  private readonly every: number
  private readonly ring: Int16Array
  private state: WindowState = { samples: 0, started: false, kept: 0, toLook: 0, held: 0, last: 0 }

  /** @param rateHz 100 to 1000 */
  constructor(rateHz: number) {
    this.rateHz = rateHz
    this.filter = new BiquadCascade([
      ...butterworthSections('high-pass', 2, bandHz.from, rateHz),
      ...butterworthSections('low-pass', 4, bandHz.to, rateHz),
    ])
    this.every = Math.max(1, Math.round(rateHz / keptHz))
    this.ring = new Int16Array(Math.round((fibrillationSettings.windowSeconds * rateHz) / this.every))
  }

  /** Pushed since the start, measured or not. */
  get samples(): number {
    return this.state.samples
  }

  /**
   * @param values mV; NaN where nothing was measured
   * @returns a look for each second that ended in these, once there are four of them
   */
  push(values: Float32Array): WaveLook[] {
    const looks: WaveLook[] = []
    for (let i = 0; i < values.length; i++) {
      const look = this.step(values[i]!)
      if (look !== undefined) looks.push(look)
    }
    return looks
  }

  /** Something was not measured: a new window begins. */
  cut(): void {
    const { samples } = this.state
    this.state = { samples, started: false, kept: 0, toLook: 0, held: 0, last: 0 }
  }

  snapshot(): FibrillationWindowSnapshot {
    return {
      rateHz: this.rateHz,
      filter: encodeFloat64(this.filter.state),
      ring: Buffer.from(this.ring.buffer).toString('base64'),
      state: { ...this.state },
    }
  }

  static restore({ rateHz, filter, ring, state }: FibrillationWindowSnapshot): FibrillationWindow {
    const restored = new FibrillationWindow(rateHz)
    decodeFloat64(filter, restored.filter.state, 'fibrillation window: filter')
    const bytes = Buffer.from(ring, 'base64')
    const expected = restored.ring.byteLength
    if (bytes.length !== expected)
      throw new RangeError(`fibrillation window: ring: expected ${expected} bytes, received ${bytes.length}`)
    for (let i = 0; i < restored.ring.length; i++) restored.ring[i] = bytes.readInt16LE(2 * i)
    restored.state = { ...state }
    return restored
  }

  private step(value: number): WaveLook | undefined {
    const { state, ring } = this
    state.samples++
    if (Number.isNaN(value)) {
      if (!state.started) return undefined
      if (++state.held > heldSeconds * this.rateHz) {
        this.cut()
        return undefined
      }
    } else {
      if (!state.started) this.filter.settle(value)
      state.started = true
      state.held = 0
      state.last = value
    }
    const filtered = this.filter.step(state.last)
    if (state.samples % this.every !== 0) return undefined
    ring[state.kept % ring.length] = Math.max(-mostSteps, Math.min(mostSteps, Math.round(filtered / step)))
    state.kept++
    if (state.kept < ring.length) return undefined
    if (state.kept > ring.length && ++state.toLook * this.every < this.rateHz) return undefined
    state.toLook = 0
    return this.look()
  }

  private look(): WaveLook {
    const { ring, every, rateHz, state } = this
    const length = ring.length
    if (scratch.length < length) scratch = new Float64Array(length)
    const window = scratch.length === length ? scratch : scratch.subarray(0, length)
    let low = Infinity
    let high = -Infinity
    for (let i = 0, at = state.kept % length; i < length; i++) {
      const value = ring[at]! * step
      window[i] = value
      if (value < low) low = value
      if (value > high) high = value
      if (++at === length) at = 0
    }
    const keptRate = rateHz / every
    const { leakage, halfPeriod } = leakageOf(window)
    return {
      leakage,
      crossing: crossingOf(window, keptRate),
      hz: keptRate / (2 * halfPeriod),
      millivolts: high - low,
      samples: state.samples,
    }
  }
}

/** The mean half period, in samples, is π times the ratio of heights to steps, as of a sine. */
function leakageOf(window: Float64Array): { leakage: number; halfPeriod: number } {
  let [heights, steps] = [0, 0]
  for (let i = 1; i < window.length; i++) {
    heights += Math.abs(window[i]!)
    steps += Math.abs(window[i]! - window[i - 1]!)
  }
  const halfPeriod = Math.max(1, Math.floor((Math.PI * heights) / steps + 0.5))
  if (!(halfPeriod < window.length)) return { leakage: 1, halfPeriod: window.length }
  let [left, all] = [0, 0]
  for (let i = halfPeriod; i < window.length; i++) {
    const now = window[i]!
    const before = window[i - halfPeriod]!
    left += Math.abs(now + before)
    all += Math.abs(now) + Math.abs(before)
  }
  return { leakage: all > 0 ? left / all : 1, halfPeriod }
}

/** Mean over segments of three seconds, a second apart, each against its own highest point. */
function crossingOf(window: Float64Array, rateHz: number): number {
  const taper = taperOf(rateHz)
  const length = taper.length
  if (heights.length < length) heights = new Float64Array(length)
  let sum = 0
  let segments = 0
  for (let from = 0; from + length <= window.length; from += Math.round(rateHz)) {
    let highest = 0
    for (let i = 0; i < length; i++) {
      const height = Math.abs(window[from + i]!) * taper[i]!
      heights[i] = height
      if (height > highest) highest = height
    }
    const least = crossing.threshold * highest
    let above = 0
    for (let i = 0; i < length; i++) if (heights[i]! > least) above++
    sum += above / length
    segments++
  }
  return segments > 0 ? sum / segments : 0
}

/** A segment's weights: a raised cosine at both ends. */
function taperOf(rateHz: number): Float64Array {
  let taper = tapers.get(rateHz)
  if (taper !== undefined) return taper
  const { segmentSeconds, taperSeconds } = crossing
  const length = Math.round(segmentSeconds * rateHz)
  taper = Float64Array.from({ length }, (_, i) => {
    const fromEdge = Math.min(i, length - 1 - i) / rateHz
    return fromEdge < taperSeconds ? (1 - Math.cos((Math.PI * fromEdge) / taperSeconds)) / 2 : 1
  })
  tapers.set(rateHz, taper)
  return taper
}

interface WindowState {
  /** Since the start, measured or not. */
  samples: number
  /** Something was measured since the last hole. */
  started: boolean
  kept: number
  /** Kept since the last look. */
  toLook: number
  /** Missing samples in a row. */
  held: number
  last: number
}

export interface FibrillationWindowSnapshot {
  rateHz: number
  filter: string
  ring: string
  state: WindowState
}

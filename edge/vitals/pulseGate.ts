import { decodeFloat64, encodeFloat64 } from '../../models/inputs/typedArrays.ts'

/** Looks are at the last two seconds, a beat of 30 a minute, in points of about this rate; four a second. */
const pointHz = 50
const lookSeconds = 2
const everySeconds = 0.25
const mostPoints = 150
/** Fewer different values than this in two seconds are no wave. */
const leastDistinct = 4
/** Share of what the signal usually moves in two seconds, below which it stands still. */
const leastOfUsual = 0.02
/** Mean squared step over twice the variance: 1 of white noise, 1 − cos(2π f / rate) of a wave: at 25 Hz and 200 a minute 0.33. */
const mostRestless = 0.65
/** A pulse is seen again below this: chance alone must not let noise through. */
const calmAgain = 0.5
/** What is usual follows slowly upwards, as movement is larger than any pulse, and quickly down again. */
const [rising, falling] = [0.02, 0.1]
const mostRise = 3

interface GateState {
  rateHz: number
  /** Stream time at which the next sample is due, µs. */
  end: number
  /** Samples since the last gap. */
  samples: number
  /** What the signal usually moves in two seconds. */
  usual: number
  absent: boolean
}

/**
 * Says sample by sample whether a PPG can be one of a pulse at all: not where it stands still (nothing worn, at its limit), nor
 * where most of it is faster than any pulse (amplifier noise). It does not ask for a regular wave, so that it hides no rhythm.
 * Half a second to two behind what happens; causal, however blocks were cut.
 */
export class PulseGate {
  private readonly ring = new Float64Array(mostPoints)
  private state: GateState = { rateHz: 0, end: 0, samples: 0, usual: 0, absent: false }

  /**
   * @param tick stream time of the first value, µs
   * @returns the values, those without a pulse as NaN; and whether there is none at the end of the block
   */
  push(rateHz: number, tick: number, values: Float32Array): { values: Float32Array; absent: boolean } {
    const { state } = this
    const period = 1e6 / rateHz
    if (state.rateHz !== rateHz || Math.abs(tick - state.end) > 2 * period)
      Object.assign(state, { rateHz, samples: 0, absent: false })
    state.end = tick + values.length * period
    let kept = values
    for (let i = 0; i < values.length; i++) {
      this.step(values[i]!)
      if (!state.absent) continue
      if (kept === values) kept = values.slice()
      kept[i] = NaN
    }
    return { values: kept, absent: state.absent }
  }

  snapshot(): PulseGateSnapshot {
    return { ring: encodeFloat64(this.ring), state: { ...this.state } }
  }

  static restore({ ring, state }: PulseGateSnapshot): PulseGate {
    const gate = new PulseGate()
    decodeFloat64(ring, gate.ring, 'pulseGate.ring')
    gate.state = { ...state }
    return gate
  }

  private step(value: number): void {
    const { state, ring } = this
    const every = Math.max(1, Math.round(state.rateHz / pointHz))
    if (!Number.isFinite(value)) {
      // What is missing is told as that.
      Object.assign(state, { samples: 0, absent: false })
      return
    }
    const n = state.samples++
    if (n % every !== 0) return
    const point = n / every
    const rateHz = state.rateHz / every
    ring[point % mostPoints] = value
    const points = Math.round(lookSeconds * rateHz)
    if (point + 1 < points || (point + 1) % Math.max(1, Math.round(everySeconds * rateHz)) !== 0) return
    this.look(point + 1, points, rateHz)
  }

  /** @param end number of points since the last gap; the last `points` of them are looked at. */
  private look(end: number, points: number, rateHz: number): void {
    const { state, ring } = this
    let low = Infinity
    let high = -Infinity
    let sum = 0
    const first = (end - points) % mostPoints
    for (let i = 0, at = first; i < points; i++) {
      const value = ring[at]!
      if (value < low) low = value
      if (value > high) high = value
      sum += value
      if (++at === mostPoints) at = 0
    }
    const mean = sum / points
    let variance = 0
    let steps = 0
    let before = ring[first]!
    for (let i = 0, at = first; i < points; i++) {
      const value = ring[at]!
      variance += (value - mean) * (value - mean)
      steps += (value - before) * (value - before)
      before = value
      if (++at === mostPoints) at = 0
    }
    const range = high - low
    const isStill = range <= leastOfUsual * state.usual || !this.differs(first, points)
    // Slower than 20 Hz a pulse itself is restless.
    const isRestless =
      rateHz >= 20 && steps / (points - 1) > 2 * (state.absent ? calmAgain : mostRestless) * (variance / points)
    state.absent = isStill || isRestless
    if (state.absent) return
    const towards = state.usual === 0 ? range : Math.min(range, mostRise * state.usual)
    state.usual += (towards - state.usual) * (state.usual === 0 ? 1 : towards > state.usual ? rising : falling)
  }

  /** Whether so many points from `first` on take different values enough; of a wave the first few do. */
  private differs(first: number, points: number): boolean {
    const distinct: number[] = []
    for (let i = 0, at = first; i < points && distinct.length < leastDistinct; i++) {
      if (!distinct.includes(this.ring[at]!)) distinct.push(this.ring[at]!)
      if (++at === mostPoints) at = 0
    }
    return distinct.length >= leastDistinct
  }
}

export interface PulseGateSnapshot {
  ring: string
  state: GateState
}

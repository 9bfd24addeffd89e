import { signals } from '../../firmware-bridge/signals.ts'
import { checkVersion } from './vitalsSnapshot.ts'
import { vitalsInput, vitalSignals, type VitalSignal } from './vitalsInput.ts'

export const stepMicros = vitalsInput.stepSeconds * 1_000_000
/** Devices report up to so much later than each other; a step waits so long for what is missing, µs. */
const latenessMicros = 20_000_000
/** More values than this of one signal in a step do not change the median much. */
const valuesPerStep = 64
const snapshotVersion = 1
/** Steps without anything that are still told; a longer gap is left out. */
const toldGapSteps = vitalsInput.steps

export type Axis = 'accX' | 'accY' | 'accZ'
const axes: readonly Axis[] = ['accX', 'accY', 'accZ']

/** Ten seconds of a wearer. */
export interface VitalsStep {
  /** Start, integer µs, a multiple of the step. */
  from: number
  /** Median of each of `vitalSignals` in its unit; NaN where nothing was measured. */
  medians: number[]
  /** Standard deviation of acceleration within a second, mean over the step, g; NaN without acceleration. */
  movement: number
}

/** A step that may still get values. */
interface OpenStep {
  index: number
  values: number[][]
  /** Variance of the step's seconds, summed by axis, and how many seconds each axis has. */
  variance: number[]
  seconds: number[]
}

/** The second of one axis that is being added up. */
interface OpenSecond {
  second: number
  count: number
  sum: number
  squares: number
}

/**
 * From single values and acceleration to 10-s medians, on a time that the caller chooses (stream time of one device, or gateway
 * time of a wearer with several). What comes later than 20 s after the newest is dropped. Steps do not depend on how samples were cut
 * into blocks, nor on the order in which signals come within that lateness.
 */
export class VitalsMedians {
  private open: OpenStep[] = []
  private seconds: (OpenSecond | null)[] = axes.map(() => null)
  /** Index of the first step that is not told yet; -1 before the first value. */
  private next = -1
  private newest = -1
  /** Empty steps told in a row. */
  private empty = 0

  /** Takes one value; one outside the signal's range is as good as missing. @param at integer µs */
  value(signal: VitalSignal, at: number, value: number): void {
    const { min, max } = signals[signal]
    if (!(value >= min && value <= max)) return
    this.advance(at)
    const step = this.stepAt(Math.floor(at / stepMicros))
    const values = step?.values[vitalSignals.indexOf(signal)]
    if (values !== undefined && values.length < valuesPerStep) values.push(value)
  }

  /** Takes a block of acceleration, g. @param at integer µs of its first sample */
  acceleration(axis: Axis, at: number, rateHz: number, block: Float32Array): void {
    const a = axes.indexOf(axis)
    const { max } = signals.accX
    for (let i = 0; i < block.length;) {
      const second = Math.floor((at + (i * 1e6) / rateHz) / 1e6)
      const open = this.secondOf(a, second)
      const endsAt = (second + 1) * 1e6
      let { count, sum, squares } = open
      do {
        const value = block[i]!
        if (!(Math.abs(value) <= max)) continue
        count++
        sum += value
        squares += value * value
      } while (++i < block.length && at + (i * 1e6) / rateHz < endsAt)
      open.count = count
      open.sum = sum
      open.squares = squares
      if (count > 0) this.advance(second * 1e6)
    }
  }

  /** The steps that are complete by now, in order, each told once; empty ones too, up to a window's length. */
  take(): VitalsStep[] {
    const steps: VitalsStep[] = []
    while (this.next >= 0 && (this.next + 1) * stepMicros + latenessMicros <= this.newest) {
      this.closeSecondsBefore((this.next + 1) * stepMicros)
      const open = this.open[0]?.index === this.next ? this.open.shift() : undefined
      steps.push(finished(this.next, open))
      this.next++
      this.empty = open === undefined ? this.empty + 1 : 0
      if (this.empty >= toldGapSteps) this.next = this.open[0]?.index ?? Math.floor(this.newest / stepMicros)
    }
    return steps
  }

  /** Time is no longer what it was (a reboot, a corrected clock): what is open is given up. */
  beginAnew(): void {
    this.open = []
    this.seconds = axes.map(() => null)
    this.next = -1
    this.newest = -1
    this.empty = 0
  }

  snapshot(): VitalsMediansSnapshot {
    const { next, newest, empty } = this
    return {
      version: snapshotVersion,
      open: this.open.map(copyOf),
      seconds: this.seconds.map((open) => open && { ...open }),
      next,
      newest,
      empty,
    }
  }

  /** @throws Error for a snapshot of another version. */
  static restore({ version, ...state }: VitalsMediansSnapshot): VitalsMedians {
    checkVersion('vitals medians', snapshotVersion, version)
    return Object.assign(new VitalsMedians(), structuredClone(state))
  }

  /** The axis's open second, a new one if it is not the last. */
  private secondOf(a: number, second: number): OpenSecond {
    const last = this.seconds[a]
    if (last?.second === second) return last
    this.closeSecond(a)
    return (this.seconds[a] = { second, count: 0, sum: 0, squares: 0 })
  }

  private advance(at: number): void {
    if (this.next < 0) this.next = Math.floor(at / stepMicros)
    this.newest = Math.max(this.newest, at)
  }

  /** Undefined where the step has been told already, or is not told any more. */
  private stepAt(index: number): OpenStep | undefined {
    if (index < this.next) return undefined
    const place = this.open.findIndex((open) => open.index >= index)
    const known = this.open[place]
    if (known?.index === index) return known
    const step: OpenStep = {
      index,
      values: vitalSignals.map(() => []),
      variance: axes.map(() => 0),
      seconds: axes.map(() => 0),
    }
    this.open.splice(place < 0 ? this.open.length : place, 0, step)
    return step
  }

  private closeSecondsBefore(at: number): void {
    for (const [a, open] of this.seconds.entries()) {
      if (open === null || open.second * 1e6 >= at) continue
      this.closeSecond(a)
      this.seconds[a] = null
    }
  }

  private closeSecond(a: number): void {
    const open = this.seconds[a]
    if (open === null || open === undefined || open.count < 2) return
    const step = this.stepAt(Math.floor((open.second * 1e6) / stepMicros))
    if (step === undefined) return
    const mean = open.sum / open.count
    step.variance[a]! += Math.max(0, open.squares / open.count - mean * mean)
    step.seconds[a]!++
  }
}

export interface VitalsMediansSnapshot {
  version: number
  open: OpenStep[]
  seconds: (OpenSecond | null)[]
  next: number
  newest: number
  empty: number
}

/** By hand: written to disk with every commit, where `structuredClone` would cost the most of all. */
function copyOf({ index, values, variance, seconds }: OpenStep): OpenStep {
  return { index, values: values.map((list) => [...list]), variance: [...variance], seconds: [...seconds] }
}

function finished(index: number, open: OpenStep | undefined): VitalsStep {
  const from = index * stepMicros
  if (open === undefined) return { from, medians: vitalSignals.map(() => NaN), movement: NaN }
  const { values, variance, seconds } = open
  const measured = seconds.some((count) => count > 0)
  const total = variance.reduce((sum, axis, a) => sum + (seconds[a]! > 0 ? axis / seconds[a]! : 0), 0)
  return { from, medians: values.map(medianOf), movement: measured ? Math.sqrt(total) : NaN }
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length & 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

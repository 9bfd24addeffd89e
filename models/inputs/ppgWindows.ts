import { BiquadCascade, butterworthSections } from './biquad.ts'
import { describePulses, pulseAmplitude } from './ppgShape.ts'
import { ppgInput } from './ppgInput.ts'
import { RunningMedian, type RunningMedianSnapshot } from './runningMedian.ts'
import { SampleClock, type SampleClockState } from './sampleClock.ts'
import { bytesToFloat32, decodeFloat64, encodeFloat64, float32ToBytes } from './typedArrays.ts'

const snapshotVersion = 1
/** What is missing for up to so long is bridged for the filter, and is NaN in the window; after more it begins anew. */
const bridgedSeconds = 1
/** A block may go back in time by so much, as ticks that are stamped late do. */
const backSeconds = 0.1
/** A sensor that stands still for so long is at its end, or has lost its light. */
const flatSeconds = 0.25
/** Every fourth window's amplitude is learnt, as four share their samples. */
const learnEvery = 4
const usualAmplitudes = 91
/** Amplitudes that must be known before the wearer's usual one counts as learnt. */
const leastAmplitudes = 5
/** Share of a window that must have been measured for an input. */
const leastMeasured = 0.5
const mostRateHz = 1000

const { windowPoints: points, rateHz: gridHz } = ppgInput
const gridMicros = 1e6 / gridHz
const everyPoints = ppgInput.everySeconds * gridHz

/** Four seconds of PPG, once a second. */
export interface PpgWindow {
  /** Stream time, integer µs. */
  from: number
  to: number
  /** The model's input (`ppgInput`); absent while the wearer's amplitude is being learnt, or with half of the window missing. */
  input?: Float32Array
  /** Share of the window's points that were measured. */
  measured: number
  /** Whether the wearer's amplitude has been learnt. */
  known: boolean
}

/** Whether a signal of this rate can be judged. */
export function hasPpgWindows(rateHz: number): boolean {
  return rateHz >= ppgInput.leastRateHz && rateHz <= mostRateHz
}

/**
 * From PPG samples to windows that a model can score, the same for training and edge. Causal; windows end at whole seconds of
 * stream time and do not depend on how the stream was cut into blocks. Nothing here knows of beats or rhythm.
 */
export class PpgWindows {
  readonly rateHz: number
  private readonly filter: BiquadCascade
  private readonly clock: SampleClock
  private readonly amplitudes = new RunningMedian(usualAmplitudes)
  /** Filtered values at the grid's last points, by point number modulo its length; NaN where nothing was measured. */
  private readonly grid = new Float32Array(points).fill(NaN)
  private readonly flat = new Uint8Array(points)
  private readonly window = new Float32Array(points)
  private state: WindowsState = {
    samples: 0,
    running: false,
    missing: 0,
    lastRaw: 0,
    still: 0,
    lastTick: 0,
    lastFiltered: 0,
    next: 0,
    windows: 0,
  }

  /** @throws RangeError where the rate is outside 20 to 1000 Hz. */
  constructor(rateHz: number) {
    if (!hasPpgWindows(rateHz)) {
      throw new RangeError(`rateHz: expected ${ppgInput.leastRateHz} to ${mostRateHz}, received ${rateHz}`)
    }
    this.rateHz = rateHz
    const [low, high] = ppgInput.bandHz
    this.filter = new BiquadCascade([
      ...butterworthSections('high-pass', 2, low, rateHz),
      ...butterworthSections('low-pass', 2, high, rateHz),
    ])
    this.clock = new SampleClock(rateHz)
  }

  /**
   * Takes the next block and returns the windows that it completed, in order.
   * @param startTick stream time of the first sample, integer µs; where it does not follow on the block before, the missing
   *   samples are a gap.
   * @param values in the sensor's own unit; not finite where nothing was measured.
   */
  push(startTick: number, values: Float32Array): PpgWindow[] {
    const windows: PpgWindow[] = []
    const { state, clock } = this
    const missing = clock.missingBefore(startTick, state.samples)
    const bridged = missing >= -backSeconds * this.rateHz && missing <= bridgedSeconds * this.rateHz
    for (let i = 0; bridged && i < missing; i++) this.step(NaN, windows)
    if (!bridged) state.running = false
    clock.follow(startTick, state.samples)
    for (let i = 0; i < values.length; i++) this.step(values[i]!, windows)
    return windows
  }

  snapshot(): PpgWindowsSnapshot {
    return {
      version: snapshotVersion,
      rateHz: this.rateHz,
      filter: encodeFloat64(this.filter.state),
      clock: this.clock.snapshot(),
      amplitudes: this.amplitudes.snapshot(),
      grid: float32ToBytes(this.grid).toString('base64'),
      flat: Buffer.from(this.flat).toString('base64'),
      state: { ...this.state },
    }
  }

  /** @throws Error for a snapshot of another version: the caller begins with a warm-up. */
  static restore(snapshot: PpgWindowsSnapshot): PpgWindows {
    if (snapshot.version !== snapshotVersion) {
      throw new Error(
        `PPG windows snapshot: version: expected ${snapshotVersion}, received ${String(snapshot.version)}`,
      )
    }
    const windows = new PpgWindows(snapshot.rateHz)
    decodeFloat64(snapshot.filter, windows.filter.state, 'PPG windows snapshot: filter')
    windows.clock.restore(snapshot.clock)
    windows.amplitudes.restore(snapshot.amplitudes)
    windows.grid.set(bytesToFloat32(Buffer.from(snapshot.grid, 'base64')))
    windows.flat.set(Buffer.from(snapshot.flat, 'base64'))
    windows.state = { ...snapshot.state }
    return windows
  }

  private step(value: number, windows: PpgWindow[]): void {
    const { state } = this
    const tick = this.clock.tick(state.samples++)
    const measured = Number.isFinite(value)
    if (!measured) {
      state.missing++
      if (state.missing > bridgedSeconds * this.rateHz) state.running = false
    }
    if (!state.running) {
      if (measured) this.begin(tick, value)
      return
    }
    if (measured) {
      state.still = value === state.lastRaw ? state.still + 1 : 0
      state.lastRaw = value
    }
    const filtered = this.filter.step(state.lastRaw)
    // Between two measured samples alone there is a value.
    const known = measured && state.missing === 0
    const flat = state.still >= flatSeconds * this.rateHz
    for (; state.next * gridMicros <= tick; state.next++) {
      const share = (state.next * gridMicros - state.lastTick) / (tick - state.lastTick)
      const at = state.next & (points - 1)
      this.grid[at] = known ? state.lastFiltered + share * (filtered - state.lastFiltered) : NaN
      this.flat[at] = known && flat ? 1 : 0
      if ((state.next + 1) % everyPoints === 0) this.finish(state.next + 1, windows)
    }
    if (measured) state.missing = 0
    state.lastTick = tick
    state.lastFiltered = filtered
  }

  /** The first sample after the start or a gap. */
  private begin(tick: number, value: number): void {
    const { state } = this
    this.filter.settle(value)
    this.grid.fill(NaN)
    this.flat.fill(0)
    const next = Math.floor(tick / gridMicros) + 1
    Object.assign(state, { running: true, missing: 0, lastRaw: value, still: 0, lastTick: tick, lastFiltered: 0, next })
  }

  private finish(end: number, windows: PpgWindow[]): void {
    const { state, window, amplitudes } = this
    let [count, flat] = [0, 0]
    for (let i = 0; i < points; i++) {
      const at = (end + i) & (points - 1)
      window[i] = this.grid[at]!
      if (Number.isNaN(window[i]!)) continue
      count++
      flat += this.flat[at]!
    }
    const to = end * gridMicros
    const known = amplitudes.count >= leastAmplitudes
    const found: PpgWindow = { from: to - points * gridMicros, to, measured: count / points, known }
    windows.push(found)
    if (count < leastMeasured * points) return
    const amplitude = pulseAmplitude(window)
    // Scored before it is learnt from, so that no window is held against itself.
    if (known) {
      found.input = describePulses(window, amplitude, amplitudes.value, flat / count)
    }
    if (count === points && flat === 0 && ++state.windows % learnEvery === 0) amplitudes.push(amplitude)
  }
}

interface WindowsState {
  /** Samples since the start, measured or not. */
  samples: number
  /** Samples are coming, or have been missing for less than the bridge. */
  running: boolean
  /** Missing samples in a row. */
  missing: number
  lastRaw: number
  /** Samples in a row without a change. */
  still: number
  /** Of the last sample, µs. */
  lastTick: number
  lastFiltered: number
  /** The next point of the grid; point g lies at g / 32 s of stream time. */
  next: number
  /** Complete windows, to learn from every fourth. */
  windows: number
}

/** Plain data; goes through JSON unchanged. */
export interface PpgWindowsSnapshot {
  version: number
  rateHz: number
  filter: string
  clock: SampleClockState
  amplitudes: RunningMedianSnapshot
  grid: string
  flat: string
  state: WindowsState
}

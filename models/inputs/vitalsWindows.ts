import { ActivityTracker, movementContext } from './vitalsActivity.ts'
import { VitalsBaseline, type VitalsBaselineSnapshot } from './vitalsBaseline.ts'
import { vitalsInput, vitalsInputLength, vitalSignals, vitalsScoredLength } from './vitalsInput.ts'
import { stepMicros, type VitalsStep } from './vitalsMedians.ts'
import { checkVersion } from './vitalsSnapshot.ts'
import { bytesToFloat32, float32ToBytes } from './typedArrays.ts'

const snapshotVersion = 1
const { steps } = vitalsInput
const everyMicros = vitalsInput.everySeconds * 1_000_000

/** Five minutes of a wearer, once a minute. */
export interface VitalsWindow {
  /** Integer µs. */
  from: number
  to: number
  /** The model's input (`vitalsInput`); absent until the wearer's own normal is known. */
  input?: Float32Array
  /** Share of the scored values that were measured, at a known activity. */
  measured: number
}

/** From 10-s steps to windows of deviations from the wearer's own; a step is held against what was learnt before it. */
export class VitalsWindows {
  private baseline = new VitalsBaseline()
  private readonly activity = new ActivityTracker()
  /** Signal after signal, oldest step first. */
  private readonly window = new Float32Array(vitalsInputLength).fill(NaN)

  /** Seconds of wear that the wearer's own normal has been learnt from. */
  get wornSeconds(): number {
    return this.baseline.wornSeconds
  }

  /** A window at each whole minute of the time that the steps are in. */
  push({ from, medians, movement }: VitalsStep): VitalsWindow | undefined {
    const { window, baseline } = this
    const activity = this.activity.step(movement)
    window.copyWithin(0, 1)
    for (const signal of vitalSignals.keys()) {
      window[(signal + 1) * steps - 1] = baseline.deviation(activity, signal, medians[signal]!)
    }
    window[vitalsInputLength - 1] = Number.isNaN(movement) ? NaN : movementContext(movement)
    const { known } = baseline
    baseline.learn(activity, medians)
    const to = from + stepMicros
    if (to % everyMicros !== 0) return undefined
    const scored = window.subarray(0, vitalsScoredLength)
    const measured = scored.reduce((count, value) => count + (Number.isNaN(value) ? 0 : 1), 0) / vitalsScoredLength
    return { from: to - steps * stepMicros, to, measured, ...(known && { input: window.slice() }) }
  }

  /** What was measured before does not go on; the wearer's own normal is kept. */
  beginAnew(): void {
    this.window.fill(NaN)
  }

  snapshot(): VitalsWindowsSnapshot {
    return {
      version: snapshotVersion,
      baseline: this.baseline.snapshot(),
      activity: this.activity.snapshot(),
      window: float32ToBytes(this.window).toString('base64'),
    }
  }

  /** @throws Error for a snapshot of another version. */
  static restore({ version, baseline, activity, window }: VitalsWindowsSnapshot): VitalsWindows {
    checkVersion('vitals windows', snapshotVersion, version)
    const windows = new VitalsWindows()
    windows.baseline = VitalsBaseline.restore(baseline)
    windows.activity.restore(activity)
    windows.window.set(bytesToFloat32(Buffer.from(window, 'base64')))
    return windows
  }
}

export interface VitalsWindowsSnapshot {
  version: number
  baseline: VitalsBaselineSnapshot
  activity: number
  window: string
}

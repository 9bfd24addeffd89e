import { VitalsMedians, type Axis, type VitalsMediansSnapshot } from './vitalsMedians.ts'
import type { VitalSignal } from './vitalsInput.ts'
import { VitalsWindows, type VitalsWindow, type VitalsWindowsSnapshot } from './vitalsWindows.ts'

/**
 * From a wearer's vital signs and acceleration to windows that a model can score, the same for training and edge. Two parts:
 * what changes with every value, and what changes every 10 s, so that the second need not be written to disk with each value.
 */
export class VitalsStream {
  readonly medians: VitalsMedians
  readonly windows: VitalsWindows

  constructor(medians = new VitalsMedians(), windows = new VitalsWindows()) {
    this.medians = medians
    this.windows = windows
  }

  /** Takes one value in its unit at `at`, integer µs; returns the windows that are complete by now. */
  value(signal: VitalSignal, at: number, value: number): VitalsWindow[] {
    this.medians.value(signal, at, value)
    return this.complete()
  }

  /** Takes a block of acceleration in g, its first sample at `at`; returns the windows that are complete by now. */
  acceleration(axis: Axis, at: number, rateHz: number, block: Float32Array): VitalsWindow[] {
    this.medians.acceleration(axis, at, rateHz, block)
    return this.complete()
  }

  snapshot(): VitalsStreamSnapshot {
    return { medians: this.medians.snapshot(), windows: this.windows.snapshot() }
  }

  /** @throws Error for a snapshot of another version: the caller begins with a warm-up. */
  static restore({ medians, windows }: VitalsStreamSnapshot): VitalsStream {
    return new VitalsStream(VitalsMedians.restore(medians), VitalsWindows.restore(windows))
  }

  private complete(): VitalsWindow[] {
    return this.medians.take().flatMap((step) => this.windows.push(step) ?? [])
  }
}

export interface VitalsStreamSnapshot {
  medians: VitalsMediansSnapshot
  windows: VitalsWindowsSnapshot
}

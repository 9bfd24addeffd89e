import { stampOf } from '../flow.ts'
import type { KeyedState } from '../state/keyedState.ts'
import type { DeviceCounts } from '../stages/sequence.ts'
import type { Detector } from './detector.ts'

/**
 * A gateway that starts again has not been watching. What a broker keeps is made up for; on a line that keeps nothing the
 * span from the last word before to the first one after is told, whether or not anything was lost in it.
 *
 * @param keepsNothing names of the sources that cannot send again
 * @param now wall clock, µs
 */
export function blindSpan(
  devices: KeyedState<DeviceCounts>,
  keepsNothing: ReadonlySet<string>,
  now: () => number,
): Detector & { begin: () => void } {
  /** By device: when it was last heard before this start, µs. */
  const before = new Map<string, number>()
  return {
    name: 'blind-span',
    state: [],
    /** To be called when the state from before the start has been put back. */
    begin() {
      for (const [device, { lastHeardAt, source }] of devices.entries())
        if (keepsNothing.has(source)) before.set(device, lastHeardAt)
    },
    takes: ['samples', 'vital'],
    stage(item, emit) {
      emit(item)
      if (item.kind !== 'samples' && item.kind !== 'vital') return
      const lastHeardAt = before.get(item.device)
      if (lastHeardAt === undefined) return
      before.delete(item.device)
      const finding = {
        kind: 'finding' as const,
        ...stampOf(item),
        code: 'gateway-restarted' as const,
        timing: 'stream' as const,
      }
      const seconds = Math.round((now() - lastHeardAt) / 1e5) / 10
      emit({ ...finding, abnormal: true, params: { seconds } })
      emit({ ...finding, abnormal: false })
    },
  }
}

import type { Bundle } from '../../models/bundle.ts'
import { hasPpgWindows, PpgWindows, type PpgWindow, type PpgWindowsSnapshot } from '../../models/inputs/ppgWindows.ts'
import { endTick, stampOf, type Samples, type Verdict } from '../flow.ts'
import type { Contact } from '../stages/contact.ts'
import { KeyedState } from '../state/keyedState.ts'
import type { Detector } from './detector.ts'

/**
 * Whether the PPG of the last four seconds looks like a pulse at all: a verdict a second, `normal` or `not-assessable`, never
 * `anomalous`, and no finding: it raises no alarm. Advisory, as nothing else waits for it.
 */
export function ppgQuality(bundle: Bundle, contacts: KeyedState<Contact>): Detector {
  const { name: detector, threshold } = bundle.manifest
  const streams = new KeyedState<{ windows?: PpgWindows }>({
    part: 'ppg-quality',
    version: 1,
    create: () => ({}),
    snapshot: ({ windows }) => ({ windows: windows?.snapshot() }),
    restore(saved) {
      const { windows } = saved as { windows?: PpgWindowsSnapshot }
      return windows === undefined ? {} : { windows: PpgWindows.restore(windows) }
    },
  })

  const stretch = (item: Samples, from: number, untilTick: number) => {
    // A window may begin before the device did.
    const { source, device, wearer, bootId, tick, sampledAt } = stampOf(item, Math.max(0, from))
    return {
      kind: 'verdict' as const,
      source,
      device,
      wearer,
      bootId,
      tick,
      sampledAt,
      detector,
      signals: ['ppg' as const],
      untilTick,
      advisory: true as const,
    }
  }
  const judge = (item: Samples, { from, to, input, known }: PpgWindow): Verdict => {
    const about = stretch(item, from, to)
    if (contacts.peek(item.device)?.off === 'off-body')
      return { ...about, verdict: 'not-assessable', reason: 'off-body' }
    if (!known) return { ...about, verdict: 'warming-up' }
    const scored = input && bundle.scorer.score(input)
    if (scored === undefined) return { ...about, verdict: 'not-assessable', reason: 'gap' }
    const { score, attribution, direction } = scored
    const evidence = { modelHash: bundle.hash, threshold: threshold.value, score, attribution, direction }
    if (score <= threshold.value) return Object.assign(about, { verdict: 'normal' as const }, evidence)
    return { ...about, verdict: 'not-assessable', reason: 'ppg-quality', evidence: { detector, ...evidence } }
  }

  return {
    name: detector,
    state: [streams],
    takes: ['handover', 'samples'],
    stage(item, emit) {
      emit(item)
      // What was usual is the wearer's.
      if (item.kind === 'handover' && streams.peek(item.device) !== undefined) streams.forget(item.device)
      if (item.kind !== 'samples' || item.signal !== 'ppg') return
      const { device, rateHz, tick, values } = item
      if (!hasPpgWindows(rateHz)) {
        emit({ ...stretch(item, tick, endTick(item)), verdict: 'not-assessable', reason: 'unusable-rate' })
        return
      }
      const state = streams.of(device)
      if (state.windows?.rateHz !== rateHz) state.windows = new PpgWindows(rateHz)
      for (const window of state.windows.push(tick, values)) emit(judge(item, window))
    },
  }
}

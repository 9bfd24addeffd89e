import type { Bundle } from '../../models/bundle.ts'
import { endTick, stampOf, type BeatSeen, type Finding, type Flow, type Verdict } from '../flow.ts'
import { canFindBeats } from '../stages/beats.ts'
import type { Contact } from '../stages/contact.ts'
import type { KeyedState } from '../state/keyedState.ts'
import type { Detector } from './detector.ts'

/**
 * The autoencoder on ECG beats: a verdict a beat, and a verdict of its own for every stretch that cannot be judged.
 * Only contact, saturation, completeness and noise power decide what can be judged, never the rhythm.
 */
export function ecgBeats(bundle: Bundle, contacts: KeyedState<Contact>, hasEcg: (device: string) => boolean): Detector {
  const { name: detector, quality, threshold } = bundle.manifest
  const judge = (item: BeatSeen): Verdict => {
    const { beat } = item
    const stretch = {
      // The verdict speaks of the window, the finding of the R peak.
      ...stampOf(item, beat.from),
      kind: 'verdict' as const,
      detector,
      signals: ['ecg' as const],
      untilTick: beat.to,
    }
    const reason = unfitBecause(beat.quality, quality?.maxNoise ?? 0)
    if (reason !== undefined) return { ...stretch, verdict: 'not-assessable', reason }
    if (beat.input === undefined) return { ...stretch, verdict: 'warming-up' }
    const scored = bundle.scorer.score(beat.input)
    if (scored === undefined) return { ...stretch, verdict: 'not-assessable', reason: 'gap' }
    const { score, attribution, direction } = scored
    const verdict = score > threshold.value ? 'anomalous' : 'normal'
    const modelHash = bundle.hash
    return { ...stretch, verdict, modelHash, score, threshold: threshold.value, attribution, direction }
  }
  return {
    name: detector,
    state: [],
    stage(item, emit) {
      emit(item)
      if (item.kind === 'gap' && hasEcg(item.device)) emit({ ...unjudged(item, detector, 'gap', item.untilTick) })
      if (item.kind === 'samples' && item.signal === 'ecg') {
        const off = contacts.peek(item.device)?.off
        const reason = off ?? (canFindBeats(item.rateHz) ? undefined : 'unusable-rate')
        if (reason !== undefined) emit(unjudged(item, detector, reason, endTick(item)))
      }
      if (item.kind !== 'beat') return
      const verdict = judge(item)
      emit(verdict)
      const finding = findingOf(item, verdict)
      if (finding !== undefined) emit(finding)
    },
  }
}

type Quality = BeatSeen['beat']['quality']

function unfitBecause({ complete, saturated, noise }: Quality, maxNoise: number): string | undefined {
  if (!complete) return 'gap'
  if (saturated) return 'saturated'
  return noise > maxNoise ? 'noise' : undefined
}

function unjudged(
  item: Extract<Flow, { kind: 'gap' | 'samples' }>,
  detector: string,
  reason: string,
  untilTick: number,
): Verdict {
  return { kind: 'verdict', ...stampOf(item), detector, signals: ['ecg'], untilTick, verdict: 'not-assessable', reason }
}

function findingOf(item: BeatSeen, verdict: Verdict): Finding | undefined {
  if (verdict.verdict !== 'normal' && verdict.verdict !== 'anomalous') return undefined
  const { detector, modelHash, score, threshold, attribution, direction } = verdict
  return {
    kind: 'finding',
    ...stampOf(item),
    code: 'ecg-anomaly',
    abnormal: verdict.verdict === 'anomalous',
    timing: 'stream',
    evidence: {
      detector,
      ...(modelHash !== undefined && { modelHash }),
      score,
      threshold,
      attribution,
      ...(direction !== undefined && { direction }),
    },
  }
}

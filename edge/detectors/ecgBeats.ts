import type { Bundle } from '../../models/bundle.ts'
import { unfitBecause, type SegmentQuality } from '../../models/inputs/ecgQuality.ts'
import type { Score } from '../../models/scorer.ts'
import {
  endTick,
  findingAt,
  stampOf,
  type BeatSeen,
  type Finding,
  type Flow,
  type Stamp,
  type Verdict,
} from '../flow.ts'
import { strongMovementG } from '../rhythm/shaken.ts'
import { canFindBeats } from '../stages/beats.ts'
import type { Contact } from '../stages/contact.ts'
import type { Motion, Movements } from '../stages/motion.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import type { Detector } from './detector.ts'

/**
 * Afterwards skin, electrodes and heart settle for as long as it lasted within these bounds, s: at the end of a run beats are so
 * fast for ten seconds that the next one reaches into the window.
 */
const settlingSeconds = { least: 2.5, most: 15 } as const

/** A stretch without any verdict on a beat is told as such after so long, µs: slower hearts have none so long. */
const beatlessMicros = 4_500_000
/**
 * What moves around a beat adds its square to the score: from this share of the QRS amplitude on (as `quality.ambient` has it),
 * a score is told as anomalous only above the threshold times the square of the ratio; between the two nobody can tell. Beats
 * like those before are none of noise: fast ones leave no place where nothing moves.
 */
const noisyFromAmbient = 0.08
/** Why nothing could be judged there. */
const beatlessReason: Record<SegmentQuality, string> = {
  quiet: 'no-beats',
  moving: 'artifact',
  saturated: 'saturated',
  gap: 'gap',
}

/** Plain JSON. */
interface Judged {
  wearer: string
  /** Stream time up to which something was said, µs; -1: nothing yet. */
  until: number
  /** Blocks without a beat are told one by one. */
  beatless: boolean
}

/**
 * The autoencoder on ECG beats: a verdict a beat, and a verdict of its own for every stretch that cannot be judged. Only contact,
 * saturation, completeness, noise power and strong movement of the device itself decide what can be judged, never the rhythm.
 */
export function ecgBeats(
  bundle: Bundle,
  contacts: KeyedState<Contact>,
  motion: Motion['devices'],
  segmentOf: (device: string) => SegmentQuality | undefined,
): Detector {
  const state = new KeyedState(plainState<Judged>('ecg-judged', 1, () => ({ wearer: '', until: -1, beatless: false })))
  const { name: detector, quality, threshold } = bundle.manifest
  const judge = (item: BeatSeen): Verdict => {
    const { source, device, wearer, bootId, tick, sampledAt, beat } = item
    const stretch = {
      kind: 'verdict' as const,
      source,
      device,
      wearer,
      bootId,
      // The verdict speaks of the window, the finding of the R peak.
      tick: beat.from,
      sampledAt: sampledAt + beat.from - tick,
      detector,
      signals: ['ecg' as const],
      untilTick: beat.to,
    }
    const reason = unfitBecause(beat.quality, quality?.maxNoise ?? 0)
    if (reason !== undefined) return { ...stretch, verdict: 'not-assessable', reason }
    if (isShaken(motion.peek(item.device), beat)) return { ...stretch, verdict: 'not-assessable', reason: 'motion' }
    if (beat.input === undefined) return { ...stretch, verdict: 'warming-up' }
    const scored = bundle.scorer.score(beat.input)
    if (scored === undefined) return { ...stretch, verdict: 'not-assessable', reason: 'no-finite-score' }
    const { score, attribution, direction } = scored
    const { ambient, repeated } = beat.quality
    const isNoisy = ambient > noisyFromAmbient && repeated !== true
    if (isNoisy && score > threshold.value && score <= threshold.value * (ambient / noisyFromAmbient) ** 2)
      return { ...stretch, verdict: 'not-assessable', reason: 'noise' }
    return {
      kind: 'verdict',
      source,
      device,
      wearer,
      bootId,
      tick: stretch.tick,
      sampledAt: stretch.sampledAt,
      detector,
      signals: stretch.signals,
      untilTick: beat.to,
      verdict: score > threshold.value ? 'anomalous' : 'normal',
      modelHash: bundle.hash,
      score,
      threshold: threshold.value,
      attribution,
      direction,
    }
  }
  return {
    name: detector,
    state: [state],
    takes: ['restart', 'handover', 'gap', 'samples', 'beat'],
    stage(item, emit) {
      emit(item)
      if (item.kind === 'restart' || item.kind === 'handover') state.forget(item.device)
      if (item.kind === 'gap' && segmentOf(item.device) !== undefined) {
        emit(unjudged(item, detector, 'gap', item.untilTick))
        said(state.of(item.device), item, item.untilTick)
      }
      if (item.kind === 'samples' && item.signal === 'ecg') {
        const off = contacts.peek(item.device)?.off
        const reason = off ?? (canFindBeats(item.rateHz) ? undefined : 'unusable-rate')
        const judged = state.of(item.device)
        if (judged.wearer !== item.wearer || judged.until < 0)
          Object.assign(judged, { wearer: item.wearer, until: item.tick, beatless: false })
        const until = endTick(item)
        if (reason !== undefined) {
          emit(unjudged(item, detector, reason, until))
          said(judged, item, until)
        } else if (judged.beatless || until - judged.until >= beatlessMicros) {
          const from = stampOf(item, Math.min(judged.until, item.tick))
          emit(unjudged({ ...item, ...from }, detector, beatlessReason[segmentOf(item.device) ?? 'gap'], until))
          said(judged, item, until)
          judged.beatless = true
        }
      }
      if (item.kind !== 'beat') return
      const verdict = judge(item)
      emit(verdict)
      said(state.of(item.device), item, verdict.untilTick)
      const finding = findingOf(item, verdict)
      if (finding !== undefined) emit(finding)
    },
  }
}

function said(judged: Judged, { wearer }: Stamp, until: number): void {
  judged.wearer = wearer
  judged.until = Math.max(judged.until, until)
  judged.beatless = false
}

function isShaken(movements: Movements | undefined, { from, to }: BeatSeen['beat']): boolean {
  let strong = 0
  let last = 0
  for (const { second, movement } of movements?.recent ?? []) {
    if (!(movement >= strongMovementG && second * 1e6 <= to)) continue
    strong++
    last = second
  }
  if (strong === 0) return false
  const settling = Math.min(settlingSeconds.most, Math.max(settlingSeconds.least, strong))
  return from < (last + 1 + settling) * 1e6
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
  const params = standingOut(attribution, direction)
  const finding = findingAt(item, item.tick, 'ecg-anomaly', verdict.verdict === 'anomalous', params)
  finding.evidence = { detector, score, threshold, attribution }
  if (modelHash !== undefined) finding.evidence.modelHash = modelHash
  if (direction !== undefined) finding.evidence.direction = direction
  return finding
}

/** The part of the beat with most of the score, and whether it was more or less than reconstructed. */
function standingOut(
  attribution: Score['attribution'],
  direction: Partial<Score['direction']> = {},
): Record<string, string> {
  let most: string | undefined
  for (const part in attribution) if (most === undefined || attribution[part]! > attribution[most]!) most = part
  return most === undefined ? {} : { part: most, direction: direction[most] ?? '' }
}

import { ecgQualityLimits, type SegmentQuality } from '../../models/inputs/ecgQuality.ts'
import { findingAt, endTick, stampOf, type BeatSeen, type Finding, type Samples } from '../flow.ts'
import { nothingReadable, readMore, type ReadableTime } from '../rhythm/readableTime.ts'
import { isShakenUpTo } from '../rhythm/shaken.ts'
import { canFindBeats } from '../stages/beats.ts'
import type { Contact } from '../stages/contact.ts'
import type { Motion } from '../stages/motion.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import type { Detector } from './detector.ts'

/** Of an ECG in which beats could have been found, µs. */
const limits = {
  /** Four seconds without anything like a beat; a beat is known at most half a second after its peak. */
  empty: 4_500_000,
  /** With nothing but what may be no beats. */
  doubtful: 10_000_000,
  /** The same while the device is shaken strongly: then it is the monitoring that failed. */
  shaken: 20_000_000,
} as const

/** Waves that come faster than a sinus node can make them are no witnesses where they may be artifacts, s. */
const earliestSeconds = 0.33

/** Counted in µs of readable ECG; `since` and `surely` are the stream times from which they count. */
interface SinceBeat {
  read: ReadableTime
  since: number
  empty: number
  surely: number
  doubtful: number
  /** What stands, until a beat ends it. */
  told: { 'no-beats'?: true; 'ecg-unreadable'?: true }
}

/**
 * An ECG without beats. With good contact that is asystole and not a flat line; where the device cannot tell whether an
 * electrode is off, or the signal moves or is cut off so that beats could hide in it, the alarm says so. Waves that may be
 * artifacts hold it off for ten seconds only, and where acceleration shows what moves them for twenty, when `ecg-unreadable`
 * is told instead, as it is at once of an ECG at a rate at which no beat can be found. What is told already ends with a beat in
 * quiet, or one like the wearer's own: chest compressions are none.
 */
export function noBeats(
  contacts: KeyedState<Contact>,
  segmentOf: (device: string) => SegmentQuality | undefined = () => undefined,
  motion?: Motion['devices'],
): Detector {
  const state = new KeyedState(
    plainState<SinceBeat>('no-beats', 2, () => ({
      read: nothingReadable(),
      since: -1,
      empty: 0,
      surely: -1,
      doubtful: 0,
      told: {},
    })),
  )
  return {
    name: 'no-beats',
    state: [state],
    takes: ['restart', 'handover', 'beat', 'samples'],
    stage(item, emit) {
      emit(item)
      if (item.kind === 'restart' || item.kind === 'handover') state.forget(item.device)
      if (item.kind === 'beat') for (const over of seen(state.of(item.device), item)) emit(over)
      if (item.kind !== 'samples' || item.signal !== 'ecg') return
      const silent = state.of(item.device)
      if (!canFindBeats(item.rateHz)) {
        silent.told['ecg-unreadable'] = true
        const params = { rateHz: Math.round(item.rateHz * 100) / 100 }
        emit({ kind: 'finding', ...stampOf(item), code: 'ecg-unreadable', abnormal: true, params, timing: 'stream' })
        return
      }
      if (contacts.peek(item.device)?.off !== undefined) {
        Object.assign(silent, { read: nothingReadable(), empty: 0, doubtful: 0 })
        return
      }
      count(silent, item)
      const end = endTick(item)
      const shaken = isShakenUpTo(motion?.peek(item.device), end)
      const code = codeOf(silent, shaken)
      if (code === undefined) return
      const from = silent.empty >= limits.empty ? silent.since : silent.surely
      const contact = contacts.peek(item.device)?.detects === true ? 'good' : 'unknown'
      const signal = segmentOf(item.device)
      silent.told[code] = true
      const seconds = Math.floor((end - from) / 1e6)
      const params = { seconds, ...(code === 'no-beats' && { contact, ...(signal !== undefined && { signal }) }) }
      emit({ kind: 'finding', ...stampOf(item, from), code, abnormal: true, params, timing: 'stream' })
    },
  }
}

function count(silent: SinceBeat, item: Samples): void {
  const { micros, anew } = readMore(silent.read, item)
  if (anew) {
    const at = Math.round(silent.read.from)
    Object.assign(silent, { since: at, empty: 0, surely: at, doubtful: 0 })
  }
  silent.empty += micros
  silent.doubtful += micros
}

function codeOf({ empty, doubtful, told }: SinceBeat, shaken: boolean): 'no-beats' | 'ecg-unreadable' | undefined {
  if (empty >= limits.empty) return 'no-beats'
  const least = told['no-beats'] ? limits.empty : limits.doubtful
  if (!shaken && doubtful >= least) return 'no-beats'
  return doubtful >= limits.shaken ? 'ecg-unreadable' : undefined
}

/** What is over with this beat. */
function seen(silent: SinceBeat, item: BeatSeen): Finding[] {
  const { tick, beat, label } = item
  // What was read after it counts already.
  silent.since = tick
  silent.empty = Math.max(0, Math.min(silent.empty, silent.read.until - tick))
  if (beat.quality.artifact) {
    if (label === 'obscured' && (beat.rrSeconds ?? 0) >= earliestSeconds && !silent.told['no-beats'])
      Object.assign(silent, { surely: tick, doubtful: silent.empty })
    return []
  }
  const likeTheWearers = label === 'usual' || label === 'supraventricular'
  const inQuiet = beat.quality.ambient <= ecgQualityLimits.quietAmbient && label !== 'doubtful'
  if (silent.told['no-beats'] && !likeTheWearers && !inQuiet) return []
  silent.surely = tick
  silent.doubtful = silent.empty
  const findings: Finding[] = [findingAt(item, tick, 'no-beats', false)]
  if (silent.told['ecg-unreadable']) findings.push(findingAt(item, tick, 'ecg-unreadable', false))
  silent.told = {}
  return findings
}

import type { SignalName } from '../../firmware-bridge/signals.ts'
import { noteMeasured, scoreAt, type MeasuredInput, type Observed, type Scored } from '../earlyWarning/observed.ts'
import { scorerAt, silentScorers, withoutDevice } from '../earlyWarning/scorer.ts'
import { stampOf, type Asked, type Finding, type Stage, type Stamp } from '../flow.ts'
import { schemaVersion, type AlarmCode } from '../messages.ts'
import { activityAt, type Motion } from '../stages/motion.ts'
import type { KeyedState } from '../state/keyedState.ts'
import { microsOf } from '../time.ts'
import type { Detector } from './detector.ts'

/** Skin temperature is not its temperature. */
const inputOf: Partial<Record<SignalName, MeasuredInput>> = {
  heartRate: 'pulse',
  spo2: 'spo2',
  respirationRate: 'respirationRate',
  bloodPressureSystolic: 'systolic',
  temperature: 'temperature',
}
/** What an effort changes; NEWS2 is taken at rest. */
const ofRest: ReadonlySet<MeasuredInput> = new Set(['pulse', 'respirationRate'])
const everyMicros = 30_000_000
const codes: readonly AlarmCode[] = ['early-warning-high', 'early-warning', 'early-warning-single']

/**
 * NEWS2 twice a minute. Alarms after the RCP's escalation: 5 or more medium, 7 or more high, a single 3 low; a partial score
 * counts as the least that it can be.
 *
 * @param laterBy how much later in gateway time an item is than it was stamped, µs
 */
export function earlyWarning(
  states: KeyedState<Observed>,
  motion: Motion,
  laterBy: (item: Stamp) => number = () => 0,
): Detector {
  const isAtRest = ({ device, wearer, tick, sampledAt }: Stamp): boolean => {
    const own = activityAt(motion.devices.peek(device), tick)
    const activity = own === 'unknown' ? activityAt(motion.wearers.peek(wearer), sampledAt) : own
    return activity === 'rest' || activity === 'unknown'
  }
  const stage: Stage = (item, emit) => {
    if (item.kind === 'handover') forgetScorer(states, item.wearer, item.device)
    if (item.kind === 'request' && item.request.action === 'observe') {
      noteObservation(states, item, item.request)
      const { requestId } = item.request
      return emit({ kind: 'answer', respond: item.respond, response: { schemaVersion, requestId, ok: true } })
    }
    emit(item)
    if (item.kind !== 'vital' || item.spare !== undefined || !Number.isFinite(item.value)) return
    const input = inputOf[item.signal]
    if (input === undefined || (ofRest.has(input) && !isAtRest(item))) return
    // Made from two colours without a calibration of this sensor: to be looked at, not to be scored.
    if (input === 'spo2' && item.from === 'waveform') return
    const observed = states.of(item.wearer)
    observed.later = laterBy(item)
    noteMeasured(observed, input, item.value, item.sampledAt)
    observed.by = scorerAt(observed.by, item)
    if (observed.by.device !== item.device) return
    // Gateway time may have been set back.
    const since = item.sampledAt - observed.scoredAt
    if (since >= 0 && since < everyMicros) return
    observed.scoredAt = item.sampledAt
    observed.score = scoreAt(observed, item.sampledAt)
    for (const finding of findingsOf(observed.score, item)) emit(finding)
    // What was raised at another's values goes on at this one's, or is over.
    for (const silent of silentScorers(observed.by, item))
      for (const code of codes) emit({ kind: 'finding', ...silent, code, abnormal: false, timing: 'stream' })
  }
  return { name: 'early-warning', state: [states], takes: ['handover', 'request', 'vital'], stage }
}

function forgetScorer(states: KeyedState<Observed>, wearer: string, device: string): void {
  if (states.peek(wearer)?.by === undefined) return
  const observed = states.of(wearer)
  const by = observed.by && withoutDevice(observed.by, device)
  if (by === undefined) delete observed.by
  else observed.by = by
}

function findingsOf(score: Scored, at: Stamp): Finding[] {
  if ('notGivenBecause' in score) return []
  const { atLeast, total, missing, threes } = score
  const params = {
    score: atLeast,
    complete: total === undefined ? 'no' : 'yes',
    missing: missing.join(', '),
    threes: threes.join(', '),
  }
  const looks: [AlarmCode, boolean][] = [
    ['early-warning-high', atLeast >= 7],
    ['early-warning', atLeast >= 5],
    ['early-warning-single', threes.length > 0],
  ]
  return looks.map(([code, abnormal]) => ({
    kind: 'finding',
    ...stampOf(at),
    code,
    abnormal,
    params,
    timing: 'stream',
  }))
}

type Observation = Extract<Asked['request'], { action: 'observe' }>

function noteObservation(states: KeyedState<Observed>, { at: asked }: Asked, request: Observation): void {
  const observed = states.of(request.wearer)
  // What is dated ahead would never grow old.
  const at = Math.min(microsOf(request.at ?? asked), microsOf(asked))
  const { by, consciousness, breathes, spo2Scale, prescribedBy, ageYears, pregnant } = request
  // What was seen earlier and is told later does not take the place of what was seen since.
  const isNews = (input: keyof Observed['entered']): boolean => at >= (observed.entered[input]?.at ?? -Infinity)
  if (consciousness !== undefined && isNews('consciousness'))
    observed.entered.consciousness = { value: consciousness, at, by }
  if (breathes !== undefined && isNews('breathes')) observed.entered.breathes = { value: breathes, at, by }
  if (spo2Scale !== undefined) observed.spo2Scale = spo2Scale
  if (spo2Scale === 1) delete observed.prescribedBy
  if (prescribedBy !== undefined && spo2Scale === 2) observed.prescribedBy = prescribedBy
  if (ageYears !== undefined) observed.ageYears = ageYears
  if (pregnant !== undefined) observed.pregnant = pregnant
  observed.scoredAt = -1e15
}

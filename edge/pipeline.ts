import type { Observable, OperatorFunction } from 'rxjs'
import type { Bundle } from '../models/bundle.ts'
import { configuredTable, type AlarmSettings } from './alarms/configured.ts'
import { raiseAlarms, wearerAlarms } from './alarms/machine.ts'
import { countAlarms, rateStates } from './alarms/rates.ts'
import { outOfServiceStates } from './alarms/outOfService.ts'
import { blindSpan } from './detectors/blindSpan.ts'
import { clockStep } from './detectors/clockStep.ts'
import { convulsion } from './detectors/convulsion.ts'
import { ecgBeats } from './detectors/ecgBeats.ts'
import { earlyWarning } from './detectors/earlyWarning.ts'
import { gatewayClock } from './detectors/gatewayClock.ts'
import { fall } from './detectors/fall.ts'
import { fibrillation } from './detectors/fibrillation.ts'
import { irregularRhythm } from './detectors/irregularRhythm.ts'
import { lateData } from './detectors/lateData.ts'
import { link } from './detectors/link.ts'
import { noBeats } from './detectors/noBeats.ts'
import { noPulse } from './detectors/noPulse.ts'
import { offBody } from './detectors/offBody.ts'
import { pause } from './detectors/pause.ts'
import { ppgQuality } from './detectors/ppgQuality.ts'
import { silence } from './detectors/silence.ts'
import { signalMissing } from './detectors/signalMissing.ts'
import { ventricularRun } from './detectors/ventricularRun.ts'
import { vitalLimits } from './detectors/vitalLimit.ts'
import { vitals } from './detectors/vitals.ts'
import { observedStates } from './earlyWarning/observed.ts'
import { escalate, type EscalationSteps } from './escalation/escalate.ts'
import { nameEvidence, recordInputs, type EvidenceKeeper } from './evidence/keepEvidence.ts'
import { EvidenceRecorder } from './evidence/recorder.ts'
import { through, type Flow, type Input } from './flow.ts'
import { labelBeats, labelledHearts } from './rhythm/labelBeats.ts'
import { ecgStates, findBeats } from './stages/beats.ts'
import { isPast, onClock, timelines } from './stages/clock.ts'
import { contacts as contactStates, keepContact } from './stages/contact.ts'
import { laterBy, tellTime } from './stages/gatewayTime.ts'
import { heldFrames, inOrder } from './stages/lateness.ts'
import { motions, senseMotion } from './stages/motion.ts'
import { preferOne, speakerStates } from './stages/preferred.ts'
import { numberings } from './stages/numbering.ts'
import { deviceCounts, frameMarks, inSequence } from './stages/sequence.ts'
import { summarise, summaryStates } from './stages/summaries.ts'
import { waveformVitals, waveformVitalStates } from './stages/waveformVitals.ts'
import { assignWearer, type AssignmentBook } from './stages/wearers.ts'
import { answerRequests } from './stages/requests.ts'
import type { Snapshotted, StateRow } from './state/keyedState.ts'
import { LimitBook, type WearerLimits } from './wearerLimits.ts'

export interface PipelineOptions {
  gateway: string
  bundle: Bundle
  /** The model of vital signs; absent: only limits are held against them. */
  vitalsBundle?: Bundle
  /** The model of a PPG's quality; absent: nothing judges it. */
  ppgBundle?: Bundle
  book: AssignmentBook
  limits: { heartRatePerMinute: number; spo2Percent: number; silenceSeconds: number }
  /** Limits that somebody has set for one wearer; absent: those for everybody hold. */
  wearerLimits?: readonly WearerLimits[]
  /** What is otherwise than in the table of alarms. */
  alarmSettings?: AlarmSettings
  /** Names of the sources that cannot send again what was missed. */
  keepsNothing: ReadonlySet<string>
  /** The wall clock, integer µs since the epoch. */
  now: () => number
  /** Who else is told while nobody acknowledges; absent: nobody. */
  escalation?: EscalationSteps
  /** Where the evidence of each alarm goes; absent: none is kept. */
  evidence?: EvidenceKeeper
}

/** What an alarm depends on besides models, assignments and what came in; stands in its evidence. */
type Settings = Required<
  Omit<PipelineOptions, 'bundle' | 'vitalsBundle' | 'ppgBundle' | 'book' | 'now' | 'evidence' | 'escalation'>
>

export type Pipeline = ReturnType<typeof createPipeline>

/** The whole way of a sample, from what a device said to what is safe on disk and may be told. */
export function createPipeline({
  gateway,
  bundle,
  vitalsBundle,
  ppgBundle,
  book,
  limits,
  wearerLimits = [],
  alarmSettings = {},
  keepsNothing,
  now,
  evidence,
  escalation = [],
}: PipelineOptions) {
  const devices = deviceCounts()
  const numbers = numberings()
  const marks = frameMarks()
  const held = heldFrames()
  const timeline = timelines()
  const contacts = contactStates()
  const motion = motions()
  const ecg = ecgStates()
  const hearts = labelledHearts()
  const waveforms = waveformVitalStates()
  const speakers = speakerStates()
  const limitBook = new LimitBook(wearerLimits, {
    heartRateHighAtRestPerMinute: limits.heartRatePerMinute,
    spo2LowPercent: limits.spo2Percent,
  })
  const observed = observedStates()
  const alarms = wearerAlarms()
  const services = outOfServiceStates()
  const rates = rateStates()
  const summaries = summaryStates(now)
  const unassigned = new Map<string, number>()
  const links = link(contacts)
  const missing = signalMissing(contacts)
  const lying = offBody(contacts)
  const pulseless = noPulse(contacts)
  const blind = blindSpan(devices, keepsNothing, now)
  const segmentOf = (device: string) => ecg.peek(device)?.beats.segment()
  const detectors = [
    ecgBeats(bundle, contacts, motion.devices, segmentOf),
    noBeats(contacts, segmentOf, motion.devices),
    fibrillation(contacts, motion.devices),
    pause(contacts),
    ventricularRun(),
    irregularRhythm(),
    fall(contacts),
    convulsion(),
    vitalLimits(limitBook.of, motion),
    lateData(vitalLimits(limitBook.of, motion), now, laterBy(timeline)),
    earlyWarning(observed, motion, laterBy(timeline)),
    ...(vitalsBundle === undefined ? [] : [vitals(vitalsBundle, contacts)]),
    ...(ppgBundle === undefined ? [] : [ppgQuality(ppgBundle, contacts)]),
    links,
    clockStep(),
    gatewayClock(),
    blind,
    silence(book, links.isOff, limits.silenceSeconds, now),
  ]
  const states: Snapshotted[] = [
    devices,
    numbers,
    marks,
    held,
    timeline,
    contacts,
    motion.devices,
    motion.wearers,
    ecg,
    waveforms,
    speakers,
    hearts,
    book.changes,
    limitBook.changes,
    alarms,
    services,
    summaries,
    rates,
  ]
  states.push(...[missing, lying, pulseless, ...detectors].flatMap(({ state }) => state))
  const settings: Settings = { gateway, limits, wearerLimits, alarmSettings, keepsNothing }
  const models = { bundle, ...(vitalsBundle && { vitalsBundle }), ...(ppgBundle && { ppgBundle }) }
  const recorder = evidence && new EvidenceRecorder({ states, book, ...models, settings, now, keeper: evidence })

  const known = {
    wearer: (id: string) => book.wearers().includes(id) || alarms.peek(id) !== undefined,
    device: (id: string) => isAssigned(id) || devices.peek(id) !== undefined,
  }
  const isAssigned = (device: string): boolean => book.devices().includes(device)
  /** What was measured: records one by one, in gateway time, of a known wearer. */
  const measure = (inputs: Observable<Flow>): Observable<Flow> =>
    inputs
      .pipe(through('in order', inOrder(held, devices)))
      .pipe(
        // Frames that overtook each other are in order from here on.
        through('sequence', inSequence(devices, numbers, isAssigned, marks)), // duplicates dropped, losses counted
        through('clock', onClock(timeline)), //                         gateway time beside stream time; gaps, reboots
        through('contact', keepContact(contacts)), //                   lead off, off the body
        through('requests', answerRequests(gateway, book, devices, limitBook, timeline)), // who wears what from now on
        through('wearers', assignWearer(book, unassigned, laterBy(timeline))), //          what nobody wears stops here
        through('signals', missing.stage), //                           what the device does not measure any more
        through('motion', senseMotion(motion)), //                      acceleration → how much the wearer moves
        through('off-body', lying.stage), //                            what a device says that lies on a table is nobody's
        through('beats', findBeats(ecg, contacts)), //                  ECG → beats → heart rate
      )
      .pipe(
        through('pulse', pulseless.stage), //                           a PPG without a pulse is no measurement
        through('waveforms', waveformVitals(waveforms, contacts)), //   breathing; a pulse where no ECG gives one
        through('preferred', preferOne(speakers)), //                   of several devices one speaks for a vital sign
      )
  /** What it means: verdicts, and findings that an alarm's cause holds or not. */
  const judge = (measured: Observable<Flow>): Observable<Flow> =>
    detectors.reduce(
      (flow, { name, stage }) => flow.pipe(through(name, stage)),
      measured.pipe(through('beat labels', labelBeats(hearts))),
    )
  /** Who must know. */
  const tell = (judged: Observable<Flow>): Observable<Flow> =>
    judged.pipe(
      through('told time', tellTime(timeline)), // gateway time in step: verdicts hang on stream time alone
      through(
        'alarms',
        raiseAlarms(gateway, alarms, {
          table: configuredTable(alarmSettings),
          services,
          known,
          isPast: (device) => isPast(timeline, device),
        }),
      ), // findings → few alarms
      through('escalation', escalate(alarms, escalation)), // who else must know while nobody answers
      through('summaries', summarise(gateway, summaries, now)),
      through('rates', countAlarms(rates)),
    )

  return {
    /** What the stages know, for whoever shows it. */
    knows: { limits: limitBook, devices, alarms, rates, summaries, unassigned, timeline, observed },
    states,
    /** Beside the flow; absent where no evidence is kept. */
    recorder,
    restore(rows: readonly StateRow[]): void {
      for (const state of states) state.restore(rows)
      blind.begin()
    },
    /** `committed` puts everything on disk; only then is it acknowledged, answered and passed on to be announced. */
    run(committed: OperatorFunction<Flow, Flow>): OperatorFunction<Input, Flow> {
      return (inputs) => {
        const flow = inputs as Observable<Flow>
        if (evidence === undefined || recorder === undefined) return flow.pipe(measure, judge, tell, committed)
        const record = through('evidence', recordInputs(recorder)) // what an alarm will be made checkable by
        const name = through('evidence', nameEvidence(recorder, evidence))
        return flow.pipe(record, measure, judge, tell, name, committed)
      }
    },
  }
}

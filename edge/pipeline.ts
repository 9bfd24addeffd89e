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
import { chain, type Flow, type Input, type Step } from './flow.ts'
import { labelBeats, labelledHearts } from './rhythm/labelBeats.ts'
import { ecgStates, findBeats } from './stages/beats.ts'
import { isPast, onClock, timelines } from './stages/clock.ts'
import { contacts as contactStates, keepContact } from './stages/contact.ts'
import { laterBy, stamped, tellTime } from './stages/gatewayTime.ts'
import { heldFrames, inOrder } from './stages/lateness.ts'
import { motions, senseMotion } from './stages/motion.ts'
import { preferOne, speakerStates } from './stages/preferred.ts'
import { numberings } from './stages/numbering.ts'
import { deviceCounts, frameMarks, inSequence } from './stages/sequence.ts'
import { summarise, summarised, summaryStates } from './stages/summaries.ts'
import { waveformVitals, waveformVitalStates } from './stages/waveformVitals.ts'
import { assignWearer, worn, type AssignmentBook } from './stages/wearers.ts'
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
    ventricularRun(motion.devices),
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
  const measure: readonly Step[] = [
    { name: 'in order', stage: inOrder(held, devices) },
    // Frames that overtook each other are in order from here on.
    { name: 'sequence', stage: inSequence(devices, numbers, isAssigned, marks) }, // duplicates dropped, losses counted
    { name: 'clock', stage: onClock(timeline), takes: ['tick', 'late', 'said'] }, // gateway time beside stream time; gaps, reboots
    { name: 'contact', stage: keepContact(contacts), takes: ['said', 'restart', 'device-event'] }, // lead off, off the body
    // Who wears what from now on.
    { name: 'requests', stage: answerRequests(gateway, book, devices, limitBook, timeline), takes: ['request'] },
    { name: 'wearers', stage: assignWearer(book, unassigned, laterBy(timeline)), takes: worn }, // what nobody wears stops here
    missing, // what the device does not measure any more
    // Acceleration → how much the wearer moves.
    { name: 'motion', stage: senseMotion(motion), takes: ['restart', 'clock-step', 'samples'] },
    lying, // what a device says that lies on a table is nobody's
    { name: 'beats', stage: findBeats(ecg, contacts), takes: ['restart', 'vital', 'samples'] }, // ECG → beats → heart rate
    pulseless, // a PPG without a pulse is no measurement
    // Breathing; a pulse where no ECG gives one.
    { name: 'waveforms', stage: waveformVitals(waveforms, contacts), takes: ['restart', 'vital', 'beat', 'samples'] },
    // Of several devices one speaks for a vital sign.
    { name: 'preferred', stage: preferOne(speakers), takes: ['handover', 'restart', 'clock-step', 'vital'] },
  ]
  /** What it means: verdicts, and findings that an alarm's cause holds or not. */
  const judge: readonly Step[] = [
    { name: 'beat labels', stage: labelBeats(hearts), takes: ['restart', 'handover', 'beat'] },
    ...detectors,
  ]
  /** Who must know. */
  const tell: readonly Step[] = [
    { name: 'told time', stage: tellTime(timeline), takes: stamped }, // gateway time in step: verdicts hang on stream time alone
    // Findings → few alarms.
    {
      name: 'alarms',
      stage: raiseAlarms(gateway, alarms, {
        table: configuredTable(alarmSettings),
        services,
        known,
        isPast: (device) => isPast(timeline, device),
      }),
      takes: ['finding', 'handover', 'tick', 'request'],
    },
    { name: 'escalation', stage: escalate(alarms, escalation), takes: ['tick'] }, // who else must know while nobody answers
    { name: 'summaries', stage: summarise(gateway, summaries, now), takes: summarised },
    { name: 'rates', stage: countAlarms(rates), takes: ['alarm', 'summary'] },
  ]
  const steps = [...measure, ...judge, ...tell]

  return {
    /** What the stages know, for whoever shows it. */
    knows: { limits: limitBook, devices, alarms, rates, summaries, unassigned, timeline, observed },
    states,
    steps,
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
        if (evidence === undefined || recorder === undefined) return flow.pipe(chain(steps), committed)
        const record = { name: 'evidence', stage: recordInputs(recorder) } // what an alarm will be made checkable by
        const name = { name: 'evidence', stage: nameEvidence(recorder, evidence) }
        return flow.pipe(chain([record, ...steps, name]), committed)
      }
    },
  }
}

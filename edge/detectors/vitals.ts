import type { Bundle } from '../../models/bundle.ts'
import { vitalSignals, type VitalSignal } from '../../models/inputs/vitalsInput.ts'
import { VitalsMedians, type VitalsMediansSnapshot } from '../../models/inputs/vitalsMedians.ts'
import { VitalsWindows, type VitalsWindow, type VitalsWindowsSnapshot } from '../../models/inputs/vitalsWindows.ts'
import type { Score } from '../../models/scorer.ts'
import { stampOf, type Flow, type Stamp } from '../flow.ts'
import type { Contact } from '../stages/contact.ts'
import { isTheOne, type OneDevice } from '../stages/preferred.ts'
import { KeyedState } from '../state/keyedState.ts'
import type { Detector } from './detector.ts'

/** A signal with less of the score than this is not named in the alarm's text. */
const namedShare = 0.2
/** The device that speaks for a wearer with several gives way to another when nothing was heard of it for so long, µs. */
const leaderSilentMicros = 60_000_000

interface WearerMedians {
  medians: VitalsMedians
  /** In whose stream time verdicts and alarms of this wearer are told, so that they stay with one device. */
  leader: { device: string; heardAt: number }
  /** Whose acceleration is read: two devices lie in two postures, and their axes in turn would look like movement. */
  moves?: OneDevice
}

interface SavedMedians extends Omit<WearerMedians, 'medians'> {
  medians: VitalsMediansSnapshot
}

/**
 * A model of vital signs that together are unlike the wearer's own: a verdict a minute on the five minutes before. It knows
 * nothing of a wearer's first 24 h (`warming-up`); limits alone watch then, so that its verdicts are advisory. Times
 * are those of the gateway, as one wearer may wear several devices.
 */
export function vitals(bundle: Bundle, contacts: KeyedState<Contact>): Detector {
  const detector = bundle.manifest.name
  const threshold = bundle.manifest.threshold.value
  // Two parts, as the first changes with every value and the second every 10 s.
  const values = new KeyedState<WearerMedians>({
    part: 'vitals-medians',
    version: 1,
    create: () => ({ medians: new VitalsMedians(), leader: { device: '', heardAt: -leaderSilentMicros } }),
    snapshot: (state): SavedMedians => ({ ...state, medians: state.medians.snapshot() }),
    restore(saved) {
      const state = saved as SavedMedians
      return { ...state, medians: VitalsMedians.restore(state.medians) }
    },
  })
  const windows = new KeyedState({
    part: 'vitals-windows',
    version: 1,
    create: () => new VitalsWindows(),
    snapshot: (state) => state.snapshot(),
    restore: (saved) => VitalsWindows.restore(saved as VitalsWindowsSnapshot),
  })

  const judge = (item: Stamp, { from, to, input }: VitalsWindow, emit: (item: Flow) => void): void => {
    const stretch = {
      kind: 'verdict' as const,
      ...stampOf(item, tickAt(item, from)),
      detector,
      signals: [...vitalSignals],
      untilTick: tickAt(item, to),
      advisory: true as const,
    }
    if (input === undefined) return emit({ ...stretch, verdict: 'warming-up' })
    const scored = bundle.scorer.score(input)
    if (scored === undefined) return emit({ ...stretch, verdict: 'not-assessable', reason: 'too little was measured' })
    const { score, attribution, direction } = scored
    const abnormal = score > threshold
    const evidence = { detector, modelHash: bundle.hash, score, threshold, attribution, direction }
    emit({ ...stretch, verdict: abnormal ? 'anomalous' : 'normal', ...evidence })
    if (bundle.manifest.card.alarms === 'off') return
    emit({
      kind: 'finding',
      ...stampOf(item, tickAt(item, to)),
      code: 'vitals-anomaly',
      abnormal,
      params: { signs: signsOf(scored) },
      evidence,
      timing: 'stream',
    })
  }

  return {
    name: detector,
    state: [values, windows],
    takes: ['restart', 'clock-step', 'vital', 'samples'],
    stage(item, emit) {
      emit(item)
      if ((item.kind === 'restart' || item.kind === 'clock-step') && values.peek(item.wearer) !== undefined) {
        values.of(item.wearer).medians.beginAnew()
        windows.of(item.wearer).beginAnew()
      }
      if (item.kind !== 'vital' && item.kind !== 'samples') return
      if (!isScored(item.signal) && !isAxis(item.signal)) return
      if (contacts.peek(item.device)?.off === 'off-body') return
      const state = values.of(item.wearer)
      const { medians } = state
      if (item.kind === 'vital' && isScored(item.signal) && item.spare === undefined)
        medians.value(item.signal, item.sampledAt, item.value)
      if (item.kind === 'samples' && isAxis(item.signal) && isTheOne(state.moves, item)) {
        state.moves = { device: item.device, at: item.sampledAt }
        medians.acceleration(item.signal, item.sampledAt, item.rateHz, item.values)
      }
      if (!leads(state, item)) return
      for (const step of medians.take()) {
        const window = windows.of(item.wearer).push(step)
        if (window !== undefined) judge(item, window, emit)
      }
    },
  }
}

type Axis = 'accX' | 'accY' | 'accZ'

function isScored(signal: string): signal is VitalSignal {
  return (vitalSignals as readonly string[]).includes(signal)
}

function isAxis(signal: string): signal is Axis {
  return signal === 'accX' || signal === 'accY' || signal === 'accZ'
}

function leads(state: WearerMedians, { device, sampledAt }: Stamp): boolean {
  const { leader } = state
  if (leader.device !== device && sampledAt - leader.heardAt < leaderSilentMicros) return false
  state.leader = { device, heardAt: sampledAt }
  return true
}

/** Stream time of a moment in gateway time, by an item of the same device; not before the boot. */
function tickAt({ tick, sampledAt }: Stamp, at: number): number {
  return Math.max(0, tick + at - sampledAt)
}

/** What stands out and how, the most first: `heart rate higher, skin temperature lower`. */
function signsOf({ score, attribution, direction }: Score): string {
  const signs = vitalSignals.map((signal) => {
    let share = 0
    let signed = 0
    for (const [segment, part] of Object.entries(attribution)) {
      if (!segment.startsWith(`${signal} `)) continue
      share += part / score
      signed += direction[segment] === 'higher' ? part : -part
    }
    return { share, text: `${wordsOf[signal]} ${signed >= 0 ? 'higher' : 'lower'}` }
  })
  signs.sort((a, b) => b.share - a.share)
  return signs
    .filter(({ share }, rank) => rank === 0 || share >= namedShare)
    .map(({ text }) => text)
    .join(', ')
}

const wordsOf: Record<VitalSignal, string> = {
  heartRate: 'heart rate',
  respirationRate: 'breathing rate',
  spo2: 'oxygen saturation',
  skinTemperature: 'skin temperature',
}

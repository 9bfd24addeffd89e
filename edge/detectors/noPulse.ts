import type { SignalName } from '../../firmware-bridge/signals.ts'
import { endTick, stampOf, type Finding, type Samples } from '../flow.ts'
import type { Contact } from '../stages/contact.ts'
import { KeyedState } from '../state/keyedState.ts'
import { PulseGate, type PulseGateSnapshot } from '../vitals/pulseGate.ts'
import type { Detector } from './detector.ts'

const opticalSignals = ['ppg', 'ppg2'] as const
type Optical = (typeof opticalSignals)[number]

interface Optics {
  gates: Partial<Record<Optical, { gate: PulseGate; absent: boolean }>>
  /** Stream time at which the last channel lost the pulse, or one found it again, µs. */
  since: number
  absent: boolean
  told: boolean
  /** Stream time up to which the device measured an ECG, µs. */
  ecgUntil: number
}

interface SavedOptics extends Omit<Optics, 'gates'> {
  gates: [Optical, { gate: PulseGateSnapshot; absent: boolean }][]
}

/** Without a pulse for so long somebody is told, and no more after so long with one, µs of stream time. */
const lostAfter = 10_000_000
const foundAfter = 4_000_000
/** An ECG that was there so lately watches the heart, µs. */
const ecgWithin = 10_000_000

/**
 * A PPG without a pulse: what it shows where it stands still or is noise is missing from here on, so that no rate is made of it;
 * and where nothing else watches the heart, it is told.
 */
export function noPulse(contacts: KeyedState<Contact>): Detector {
  const states = new KeyedState<Optics>({
    part: 'no-pulse',
    version: 1,
    create: () => ({ gates: {}, since: 0, absent: false, told: false, ecgUntil: -1e15 }),
    snapshot: ({ gates, ...rest }): SavedOptics => ({
      ...rest,
      gates: opticalSignals.flatMap((signal) => {
        const known = gates[signal]
        return known === undefined ? [] : [[signal, { gate: known.gate.snapshot(), absent: known.absent }]]
      }),
    }),
    restore(saved) {
      const { gates, ...rest } = saved as SavedOptics
      const restored = gates.map(([signal, { gate, absent }]) => [signal, { gate: PulseGate.restore(gate), absent }])
      return { ...rest, gates: Object.fromEntries(restored) as Optics['gates'] }
    },
  })
  return {
    name: 'no-pulse',
    state: [states],
    takes: ['restart', 'handover', 'samples'],
    stage(item, emit) {
      // What was usual is the wearer's; an alarm ends with the boot or the assignment that it was raised in.
      if ((item.kind === 'restart' || item.kind === 'handover') && states.peek(item.device) !== undefined)
        states.forget(item.device)
      if (item.kind === 'samples' && item.signal === 'ecg' && states.peek(item.device) !== undefined)
        states.of(item.device).ecgUntil = endTick(item)
      if (item.kind !== 'samples' || !isOptical(item.signal)) return emit(item)
      const optics = states.of(item.device)
      const known = (optics.gates[item.signal] ??= { gate: new PulseGate(), absent: false })
      const { values, absent } = known.gate.push(item.rateHz, item.tick, item.values)
      known.absent = absent
      emit(values === item.values ? item : { ...item, values })
      if (item.signal !== 'ppg' && optics.gates.ppg !== undefined) return
      const finding = look(optics, item, contacts.peek(item.device)?.off !== undefined)
      if (finding !== undefined) emit(finding)
    },
  }
}

function look(optics: Optics, item: Samples, isOff: boolean): Finding | undefined {
  const at = endTick(item)
  const absent = Object.values(optics.gates).every((gate) => gate.absent)
  if (absent !== optics.absent) Object.assign(optics, { absent, since: item.tick })
  const isWatched = isOff || at - optics.ecgUntil < ecgWithin
  if (!optics.told && absent && !isWatched && at - optics.since >= lostAfter) {
    optics.told = true
    return found({ ...item, ...stampOf(item, optics.since) }, true, item.signal)
  }
  // Off the body, or with an ECG, another is to tell.
  if (optics.told && (isWatched || (!absent && at - optics.since >= foundAfter))) {
    optics.told = false
    return found(item, false, item.signal)
  }
  return undefined
}

function found(item: Samples, abnormal: boolean, signal: SignalName): Finding {
  return {
    kind: 'finding',
    ...stampOf(item),
    code: 'no-pulse',
    abnormal,
    timing: 'stream',
    params: { signal, seconds: lostAfter / 1e6 },
  }
}

function isOptical(signal: SignalName): signal is Optical {
  return (opticalSignals as readonly string[]).includes(signal)
}

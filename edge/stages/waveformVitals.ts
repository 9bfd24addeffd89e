import { motionChannels, leastConfidence, PpgHeartRate, ppgChannels } from '../vitals/ppgHeartRate.ts'
import type { PpgHeartRateSnapshot } from '../vitals/ppgHeartRate.ts'
import { oxygenChannels, PulseOxygen, type PulseOxygenSnapshot } from '../vitals/pulseOxygen.ts'
import { leastBreathConfidence, Respiration, type RespirationSnapshot } from '../vitals/respiration.ts'
import { stampOf, type Flow, type Samples, type Stage, type Vital } from '../flow.ts'
import { KeyedState } from '../state/keyedState.ts'
import type { Contact } from './contact.ts'

const derivedSignals = ['heartRate', 'respirationRate', 'spo2'] as const
type Derived = (typeof derivedSignals)[number]

interface WaveformVitals {
  wearer: string
  respiration: Respiration
  /** There while no heart rate comes from elsewhere. */
  heart: PpgHeartRate | null
  oxygen: PulseOxygen
  /** Stream time at which the device itself, or its ECG, last gave a value, µs. */
  given: Partial<Record<Derived, number>>
}

interface SavedWaveformVitals extends Omit<WaveformVitals, 'respiration' | 'heart' | 'oxygen'> {
  respiration: RespirationSnapshot
  heart: PpgHeartRateSnapshot | null
  oxygen: PulseOxygenSnapshot
}

/** What the device itself, or its ECG, says is not said a second time; after so long without it is, µs. */
const givenMicros = 10_000_000
/** Below it waves of a pulse are not seen. */
const leastHz = 10

export const waveformVitalStates = (): KeyedState<WaveformVitals> =>
  new KeyedState<WaveformVitals>({
    part: 'waveform-vitals',
    version: 1,
    create: () => ({ wearer: '', respiration: new Respiration(), heart: null, oxygen: new PulseOxygen(), given: {} }),
    snapshot: ({ respiration, heart, oxygen, ...rest }): SavedWaveformVitals => ({
      ...rest,
      respiration: respiration.snapshot(),
      heart: heart?.snapshot() ?? null,
      oxygen: oxygen.snapshot(),
    }),
    restore(saved) {
      const { respiration, heart, oxygen, ...rest } = saved as SavedWaveformVitals
      return {
        ...rest,
        respiration: Respiration.restore(respiration),
        heart: heart === null ? null : PpgHeartRate.restore(heart),
        oxygen: PulseOxygen.restore(oxygen),
      }
    },
  })

/**
 * ECG and PPG → breaths a minute; PPG → heart rate, and red and infrared → oxygen saturation, where neither an ECG nor the device
 * itself gives them. Only what an estimator is sure of is told. What a sensor shows that is off is missing, whatever the front end sends.
 */
export function waveformVitals(states: KeyedState<WaveformVitals>, contacts: KeyedState<Contact>): Stage {
  return (item, emit) => {
    emit(item)
    if (item.kind === 'restart') states.forget(item.device)
    if (item.kind === 'vital' && isDerived(item.signal) && states.peek(item.device) !== undefined) {
      states.of(item.device).given[item.signal] = item.tick
    }
    if (item.kind === 'beat') states.peek(item.device)?.respiration.beat(item.tick, item.beat.rrSeconds)
    if (item.kind !== 'samples' || item.rateHz < leastHz) return
    if (!isRead(item.signal)) return
    // Acceleration says something beside a PPG alone.
    if (isAxis(item.signal) && states.peek(item.device)?.heart == null) return
    const state = stateFor(states, item)
    const values = isOff(item, contacts) ? new Float32Array(item.values.length).fill(NaN) : item.values
    breathe(state, item, values, emit)
    beat(state, item, values, emit)
    saturate(state, item, values, emit)
  }
}

function breathe(state: WaveformVitals, item: Samples, values: Float32Array, emit: (item: Flow) => void): void {
  if (item.signal !== 'ecg' && item.signal !== 'ppg') return
  const isWanted = (at: number): boolean => !isGiven(state, 'respirationRate', at)
  const estimates = state.respiration.push(item.signal, item.rateHz, item.tick, values, isWanted)
  for (const { tick, perMinute, confidence } of estimates)
    if (confidence >= leastBreathConfidence) emit(derived(item, 'respirationRate', tick, perMinute))
}

function beat(state: WaveformVitals, item: Samples, values: Float32Array, emit: (item: Flow) => void): void {
  if (!isOptical(item.signal) && !isAxis(item.signal)) return
  if (isGiven(state, 'heartRate', item.tick)) {
    state.heart = null
    return
  }
  state.heart ??= new PpgHeartRate()
  for (const { tick, perMinute, confidence } of state.heart.push(item.signal, item.rateHz, item.tick, values)) {
    if (confidence >= leastConfidence) emit(derived(item, 'heartRate', tick, perMinute))
  }
}

function saturate(state: WaveformVitals, item: Samples, values: Float32Array, emit: (item: Flow) => void): void {
  if (!isOxygen(item.signal)) return
  for (const { tick, spo2 } of state.oxygen.push(item.signal, item.rateHz, item.tick, values)) {
    if (!isGiven(state, 'spo2', tick)) emit(derived(item, 'spo2', tick, spo2))
  }
}

function derived(item: Samples, signal: Derived, tick: number, value: number): Vital {
  return { kind: 'vital', ...stampOf(item, tick), signal, value, from: 'waveform' }
}

function isGiven({ given }: WaveformVitals, signal: Derived, tick: number): boolean {
  return tick - (given[signal] ?? -Infinity) < givenMicros
}

function isDerived(signal: string): signal is Derived {
  return (derivedSignals as readonly string[]).includes(signal)
}

function isRead(signal: string): boolean {
  return signal === 'ecg' || isOptical(signal) || isOxygen(signal) || isAxis(signal)
}

function isOxygen(signal: string): signal is (typeof oxygenChannels)[number] {
  return (oxygenChannels as readonly string[]).includes(signal)
}

function isOptical(signal: string): signal is (typeof ppgChannels)[number] {
  return (ppgChannels as readonly string[]).includes(signal)
}

function isAxis(signal: string): signal is (typeof motionChannels)[number] {
  return (motionChannels as readonly string[]).includes(signal)
}

function isOff({ signal, device }: Samples, contacts: KeyedState<Contact>): boolean {
  const off = contacts.peek(device)?.off
  return off === 'off-body' || (off === 'lead-off' && signal === 'ecg')
}

function stateFor(states: KeyedState<WaveformVitals>, { device, wearer }: Samples): WaveformVitals {
  // What was learnt of one person must not be held against another.
  if (states.peek(device)?.wearer !== wearer) states.forget(device)
  const state = states.of(device)
  state.wearer = wearer
  return state
}

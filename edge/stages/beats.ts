import { BeatStream, type Beat, type BeatStreamSnapshot } from '../../models/inputs/beatStream.ts'
import { KeyedState } from '../state/keyedState.ts'
import { stampOf, vitalAt, type Samples, type Stage } from '../flow.ts'
import type { Contact } from './contact.ts'

const minRateHz = 100
const maxRateHz = 1000

/** Whether beats can be found in an ECG of this rate. */
export function canFindBeats(rateHz: number): boolean {
  return rateHz >= minRateHz && rateHz <= maxRateHz
}

interface EcgState {
  wearer: string
  rateHz: number
  beats: BeatStream
  /** Seconds between the latest beats, with the beats' ticks. */
  intervals: { tick: number; seconds: number }[]
  /** The beat before may have been none: no interval begins with it. */
  afterArtifact?: boolean
  lastVitalTick: number
}

interface SavedEcg extends Omit<EcgState, 'beats'> {
  beats: BeatStreamSnapshot
}

/** A heart rate is the mean over this span, µs. */
const averagedMicros = 8_000_000
const vitalEveryMicros = 1_000_000

export const ecgStates = (): KeyedState<EcgState> =>
  new KeyedState<EcgState>({
    part: 'ecg',
    version: 1,
    create: () => ({ wearer: '', rateHz: 0, beats: new BeatStream(250), intervals: [], lastVitalTick: -Infinity }),
    snapshot: (state): SavedEcg => ({
      ...state,
      lastVitalTick: Math.max(-1e15, state.lastVitalTick),
      beats: state.beats.snapshot(),
    }),
    restore(saved) {
      const state = saved as SavedEcg
      return { ...state, beats: BeatStream.restore(state.beats) }
    },
  })

/**
 * ECG samples → beats, and a heart rate a second from them. While the lead is off its samples are missing samples, whatever
 * the front end sends. A device's own heart rate counts only while its ECG gives none.
 */
export function findBeats(states: KeyedState<EcgState>, contacts: KeyedState<Contact>): Stage {
  return (item, emit) => {
    if (item.kind === 'restart') states.forget(item.device)
    if (item.kind === 'vital' && item.signal === 'heartRate') {
      const own = states.peek(item.device)
      if (own !== undefined && own.lastVitalTick > item.tick - 2 * vitalEveryMicros) return
    }
    emit(item)
    if (item.kind !== 'samples' || item.signal !== 'ecg') return
    if (!canFindBeats(item.rateHz)) {
      const { source, device } = item
      const detail = `ecg: expected ${minRateHz} to ${maxRateHz} Hz, received ${item.rateHz}`
      return emit({ kind: 'refused', source, device, reason: 'unusable-rate', detail })
    }
    const state = stateFor(states, item)
    const off = contacts.peek(item.device)?.off
    const values = off === undefined ? item.values : new Float32Array(item.values.length).fill(NaN)
    for (const beat of state.beats.push(item.tick, values)) {
      const { source, device, wearer, bootId, tick, sampledAt } = stampOf(item, beat.tick)
      emit({ kind: 'beat', source, device, wearer, bootId, tick, sampledAt, beat })
      const heartRate = heartRateAt(state, beat)
      if (heartRate !== undefined) emit(vitalAt(item, tick, 'heartRate', heartRate, 'ecg'))
    }
  }
}

function stateFor(states: KeyedState<EcgState>, { device, wearer, rateHz }: Samples): EcgState {
  let state = states.of(device)
  if (state.wearer !== wearer || state.rateHz !== rateHz) {
    // What was learnt of one person's heart must not be held against another's.
    states.forget(device)
    state = states.of(device)
    Object.assign(state, { wearer, rateHz, beats: new BeatStream(rateHz) })
  }
  return state
}

/**
 * Beats a minute over the last 8 s, once a second, or undefined while there are fewer than three intervals between beats that
 * can be told from artifacts. A rate made of noise would be believed; that beats cannot be made out is told by `no-beats`,
 * `fibrillation` and the coverage.
 */
function heartRateAt(state: EcgState, { tick, rrSeconds, quality }: Beat): number | undefined {
  const fits = !quality.artifact && state.afterArtifact !== true
  state.afterArtifact = quality.artifact
  if (rrSeconds !== undefined && fits) state.intervals.push({ tick, seconds: rrSeconds })
  state.intervals = state.intervals.filter((interval) => interval.tick > tick - averagedMicros)
  if (state.intervals.length < 3 || tick - state.lastVitalTick < vitalEveryMicros) return undefined
  state.lastVitalTick = tick
  return (60 * state.intervals.length) / state.intervals.reduce((sum, interval) => sum + interval.seconds, 0)
}

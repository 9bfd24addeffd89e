import type { Beat } from './ecg.ts'
import type { SimulatedEvent } from './events.ts'
import { ppgRateHz, respirationRateHz, syntheticBody } from './syntheticBody.ts'

/** A synthetic person in columns, for measures. */
export interface MeasuredPerson {
  beats: Beat[]
  ecg: number[]
  ppg: number[]
  respiration: number[]
  accX: number[]
  accY: number[]
  accZ: number[]
  heartRate: number[]
  spo2: number[]
  respirationRate: number[]
  skinTemperature: number[]
  temperature: number[]
}

export const rates = { ppg: ppgRateHz, respiration: respirationRateHz }

type Column = Exclude<keyof MeasuredPerson, 'beats'>

/** Simulates a person for some seconds. */
export function measuredPerson(seed: number, seconds: number, ...events: SimulatedEvent[]): MeasuredPerson {
  const columns = noColumns()
  return measure(seed, seconds, events, Object.keys(columns) as Column[], columns)
}

/** The same, for hours: only some signals, the others stay empty. */
export function measuredHours(
  seed: number,
  seconds: number,
  signals: readonly Column[],
  ...events: SimulatedEvent[]
): MeasuredPerson {
  return measure(seed, seconds, events, signals, noColumns())
}

function noColumns(): Record<Column, number[]> {
  return {
    ecg: [],
    ppg: [],
    respiration: [],
    accX: [],
    accY: [],
    accZ: [],
    heartRate: [],
    spo2: [],
    respirationRate: [],
    skinTemperature: [],
    temperature: [],
  }
}

function measure(
  seed: number,
  seconds: number,
  events: SimulatedEvent[],
  signals: readonly Column[],
  columns: Record<Column, number[]>,
): MeasuredPerson {
  const beats: Beat[] = []
  const body = syntheticBody(seed, events, { signals, onBeat: (beat) => beats.push(beat) })
  for (let second = 0; second < seconds; second++)
    for (const { signal, values } of body(second)) columns[signal as Column].push(...values)
  return { beats, ...columns }
}

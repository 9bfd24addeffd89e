import type { Stage } from '../flow.ts'
import type { Alarm, AlarmRate, Summary } from '../messages.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'

/** Of one hour of gateway time. */
interface Hour {
  /** Since the epoch. */
  hour: number
  assessableSeconds: number
  physiological: number
  technical: number
}

export interface RateState {
  hours: Hour[]
  /** Start of the first and of the last minute of which there is a summary, s since the epoch. */
  first?: number
  last?: { minute: number; assessableSeconds: number }
  /** Ids announced of late: each counts once, however often it is announced. */
  told: string[]
}

const keptHours = 24
const keptIds = 100

export const rateStates = (): KeyedState<RateState> =>
  new KeyedState(plainState<RateState>('alarm-rates', 1, () => ({ hours: [], told: [] })))

/** Counts each wearer's alarms beside the time in which they were assessable, by gateway time alone. */
export function countAlarms(states: KeyedState<RateState>): Stage {
  return (item, emit) => {
    emit(item)
    if (item.kind === 'alarm') noteAlarm(states, item.alarm)
    else if (item.kind === 'summary' && item.summary.spanSeconds === 60)
      noteMinute(states.of(item.summary.wearer), item.summary)
  }
}

/**
 * Alarms of the last 24 hours, from the first minute on if that is later; undefined before there is a minute.
 * Hours are whole, so that the oldest may be up to an hour older.
 */
export function rateOf(state: RateState | undefined): AlarmRate | undefined {
  const { first, last, hours = [] } = state ?? {}
  if (first === undefined || last === undefined) return undefined
  const end = last.minute + 60
  const from = Math.max(first, (Math.floor(last.minute / 3600) - keptHours + 1) * 3600)
  const seconds = Math.max(60, end - from)
  const kept = hours.filter(({ hour }) => (hour + 1) * 3600 > from)
  const sum = (of: 'assessableSeconds' | 'physiological' | 'technical'): number =>
    kept.reduce((total, hour) => total + hour[of], 0)
  return {
    hours: seconds / 3600,
    coverage: Math.min(1, sum('assessableSeconds') / seconds),
    physiological: sum('physiological'),
    technical: sum('technical'),
  }
}

function noteAlarm(states: KeyedState<RateState>, { id, wearer, type, announced, revision }: Alarm): void {
  if (wearer === undefined || announced?.revision !== revision) return
  const state = states.of(wearer)
  if (state.told.includes(id)) return
  state.told.push(id)
  if (state.told.length > keptIds) state.told.shift()
  hourAt(state, Date.parse(announced.at) / 1000)[type] += 1
}

function noteMinute(state: RateState, { at, assessableSeconds }: Summary): void {
  const minute = Date.parse(at) / 1000
  state.first = Math.min(state.first ?? minute, minute)
  const hour = hourAt(state, minute)
  // A minute that goes on after all is written over.
  hour.assessableSeconds += assessableSeconds - (state.last?.minute === minute ? state.last.assessableSeconds : 0)
  if (minute >= (state.last?.minute ?? minute)) state.last = { minute, assessableSeconds }
}

function hourAt(state: RateState, seconds: number): Hour {
  const hour = Math.floor(seconds / 3600)
  const known = state.hours.find((other) => other.hour === hour)
  if (known !== undefined) return known
  const made = { hour, assessableSeconds: 0, physiological: 0, technical: 0 }
  state.hours.push(made)
  state.hours.sort((a, b) => a.hour - b.hour)
  const newest = state.hours.at(-1)?.hour ?? hour
  state.hours = state.hours.filter((other) => other.hour > newest - keptHours)
  return made
}

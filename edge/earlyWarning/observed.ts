import type { WearerStatus } from '../messages.ts'
import { isoOf } from '../time.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import { news2, type Acvpu, type News2, type News2Input, type News2Inputs } from './news2.ts'
import type { Scorer } from './scorer.ts'

/** What is known of one wearer for the score. Times are gateway time (what was measured: its first estimate), integer µs. */
export interface Observed {
  ageYears?: number
  pregnant?: boolean
  spo2Scale: 1 | 2
  /** Who has prescribed scale 2. */
  prescribedBy?: string
  entered: Partial<Record<'consciousness' | 'breathes', { value: string; at: number; by: string }>>
  /** The latest values of each vital sign, oldest first. */
  measured: Partial<Record<MeasuredInput, { value: number; at: number }[]>>
  scoredAt: number
  /** How much later it is by the gateway's clock, by which a person's entries are dated, than by the first estimate, µs. */
  later?: number
  by?: Scorer
  score?: Scored
}
export type MeasuredInput = Exclude<News2Input, 'consciousness' | 'breathes'>

/** `notGivenBecause`: the score is made for others. */
export type Scored = { at: number } & (News2 | { notGivenBecause: string })

const minute = 60_000_000
/**
 * How old an input may be at most, µs. The RCP has a wearer with a score of 1 to 4 observed every 4 to 6 h: what is taken from
 * time to time holds for 4 h. What a device measures by the second is stale after five minutes.
 */
export const maximumAge: Record<News2Input, number> = {
  respirationRate: 5 * minute,
  spo2: 5 * minute,
  pulse: 5 * minute,
  systolic: 240 * minute,
  temperature: 240 * minute,
  consciousness: 240 * minute,
  breathes: 240 * minute,
}

/** A single value of a second is no observation: the median of the last minute before the newest one is. */
const mostValues = 120

export const observedStates = (): KeyedState<Observed> =>
  new KeyedState(
    plainState<Observed>('early-warning', 1, () => ({ spo2Scale: 1, entered: {}, measured: {}, scoredAt: -1e15 })),
  )

export function noteMeasured(observed: Observed, input: MeasuredInput, value: number, at: number): void {
  const values = (observed.measured[input] ??= [])
  // In order of time: what lies after a moment was measured by a clock that was set back.
  while (values.length > 0 && values.at(-1)!.at > at) values.pop()
  while (values.length > 0 && values[0]!.at <= at - minute) values.shift()
  values.push({ value, at })
  if (values.length > mostValues) values.shift()
}

/** The score of what is known at a moment; of nobody under 16, in pregnancy, or of unknown age. */
export function scoreAt(observed: Observed, at: number): Scored {
  const { ageYears, pregnant, entered, measured, spo2Scale } = observed
  if (ageYears === undefined) return { at, notGivenBecause: 'the age is unknown: NEWS2 is for 16 years and older' }
  if (ageYears < 16) return { at, notGivenBecause: 'younger than 16: NEWS2 does not apply' }
  if (pregnant === true) return { at, notGivenBecause: 'in pregnancy NEWS2 does not apply' }
  const isFresh = (input: News2Input, since: number): boolean => at - since <= maximumAge[input]
  const later = observed.later ?? 0
  const inputs: News2Inputs = {}
  for (const [input, values] of Object.entries(measured) as [MeasuredInput, { value: number; at: number }[]][]) {
    const newest = values.at(-1)
    if (newest !== undefined && isFresh(input, newest.at)) inputs[input] = medianOf(values.map(({ value }) => value))
  }
  const { consciousness, breathes } = entered
  if (consciousness !== undefined && isFresh('consciousness', consciousness.at - later))
    inputs.consciousness = consciousness.value as Acvpu
  if (breathes !== undefined && isFresh('breathes', breathes.at - later))
    inputs.breathes = breathes.value as 'air' | 'oxygen'
  return { at, ...news2(inputs, spo2Scale) }
}

/** As it stands in the wearer's status: scored anew, so that what has grown too old is missing. `now`: the wall clock, µs. */
export function earlyWarningOf(observed: Observed | undefined, now: number): WearerStatus['earlyWarning'] {
  if (observed === undefined) return undefined
  const score = scoreAt(observed, now - (observed.later ?? 0))
  const at = isoOf(now)
  if ('notGivenBecause' in score) return { at, notGivenBecause: score.notGivenBecause }
  const { points, atLeast, total, missing, threes } = score
  return { at, ...(total !== undefined && { total }), atLeast, missing, threes, points, spo2Scale: observed.spo2Scale }
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}

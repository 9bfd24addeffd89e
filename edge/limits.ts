import { z } from 'zod'

/** Each limit that a vital sign is held against, with the range in which it may be set. Units are in the names. */
export const limitRanges = {
  /** Counts at rest only, or where activity is unknown. */
  heartRateHighAtRestPerMinute: z.number().min(60).max(250),
  /** Whatever the activity. */
  heartRateExtremePerMinute: z.number().min(100).max(300),
  heartRateLowPerMinute: z.number().min(15).max(80),
  spo2LowPercent: z.number().min(50).max(99),
  /** Counts at rest only, or where activity is unknown. */
  respirationRateHighPerMinute: z.number().min(12).max(80),
  respirationRateLowPerMinute: z.number().min(2).max(16),
  /** Of the body's core. */
  temperatureHighCelsius: z.number().min(37).max(42),
  temperatureLowCelsius: z.number().min(30).max(36.5),
  bloodPressureSystolicHighMmHg: z.number().min(100).max(260),
  bloodPressureSystolicLowMmHg: z.number().min(50).max(130),
  bloodPressureDiastolicHighMmHg: z.number().min(60).max(160),
  bloodPressureDiastolicLowMmHg: z.number().min(20).max(90),
} as const
export type LimitName = keyof typeof limitRanges
export const limitNames = Object.keys(limitRanges) as [LimitName, ...LimitName[]]

type NamedLimits<Value extends z.ZodType> = { [Name in LimitName]: z.ZodOptional<Value> }
const named = <Value extends z.ZodType>(make: (range: z.ZodNumber) => Value): NamedLimits<Value> =>
  Object.fromEntries(limitNames.map((name) => [name, make(limitRanges[name]).optional()])) as NamedLimits<Value>

/** Some of the limits, as fields of a schema. */
export const someLimits = named((range) => range)
/** Changes of limits: `null` takes one back. */
export const limitChanges = z
  .strictObject(named((range) => range.nullable()))
  .refine((limits) => Object.keys(limits).length > 0, {
    error: `at least one of ${limitNames.join(', ')}`,
  })

/** What must stay below what. */
const inOrder: readonly (readonly [LimitName, LimitName])[] = [
  ['heartRateLowPerMinute', 'heartRateHighAtRestPerMinute'],
  ['respirationRateLowPerMinute', 'respirationRateHighPerMinute'],
  ['temperatureLowCelsius', 'temperatureHighCelsius'],
  ['bloodPressureSystolicLowMmHg', 'bloodPressureSystolicHighMmHg'],
  ['bloodPressureDiastolicLowMmHg', 'bloodPressureDiastolicHighMmHg'],
]

/** Says which two of these limits leave nothing between them; undefined where all are in order. */
export function contradiction(limit: (name: LimitName) => number): string | undefined {
  const pair = inOrder.find(([low, high]) => limit(low) >= limit(high))
  if (pair === undefined) return undefined
  const [low, high] = pair
  return `expected ${low} below ${high}, received ${limit(low)} and ${limit(high)}`
}

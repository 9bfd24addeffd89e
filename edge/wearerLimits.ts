import { z } from 'zod'
import { identifier } from './messages.ts'

/** Limits that hold for everybody, unless somebody has set others for one wearer. Units are in the names. */
export const generalLimits = {
  /** Whatever the activity: above what an adult's heart reaches in effort, below what sleep explains. */
  heartRateExtremePerMinute: 200,
  heartRateLowPerMinute: 40,
  temperatureHighCelsius: 38.5,
  temperatureLowCelsius: 35,
  respirationRateHighPerMinute: 30,
  respirationRateLowPerMinute: 8,
} as const
export type LimitName = keyof typeof generalLimits

/** Limits of one wearer, and who has set them. */
export const wearerLimitsSchema = z
  .strictObject({
    wearer: identifier,
    setBy: z.string().min(1).max(100),
    heartRateExtremePerMinute: z.number().min(100).max(300).optional(),
    heartRateLowPerMinute: z.number().min(15).max(80).optional(),
    temperatureHighCelsius: z.number().min(37).max(42).optional(),
    temperatureLowCelsius: z.number().min(30).max(36.5).optional(),
    respirationRateHighPerMinute: z.number().min(12).max(80).optional(),
    respirationRateLowPerMinute: z.number().min(2).max(16).optional(),
  })
  .refine((limits) => Object.keys(generalLimits).some((name) => limits[name as LimitName] !== undefined), {
    error: `at least one of ${Object.keys(generalLimits).join(', ')}`,
  })
export type WearerLimits = z.infer<typeof wearerLimitsSchema>

/** What a value of a wearer is held against; `setBy` where it is the wearer's own. */
export type LimitOf = (wearer: string, name: LimitName) => { limit: number; setBy?: string }

export function limitOf(own: readonly WearerLimits[]): LimitOf {
  const byWearer = new Map(own.map((limits) => [limits.wearer, limits]))
  return (wearer, name) => {
    const limits = byWearer.get(wearer)
    const limit = limits?.[name]
    return limits === undefined || limit === undefined ? { limit: generalLimits[name] } : { limit, setBy: limits.setBy }
  }
}

import { z } from 'zod'
import { contradiction, limitNames, someLimits, type LimitName } from './limits.ts'
import { identifier, type Request, type WearerStatus } from './messages.ts'
import { KeyedState, plainState } from './state/keyedState.ts'

export type GeneralLimits = Readonly<Record<LimitName, number>>

/** Limits that hold for everybody, unless somebody has set others for one wearer. */
export const generalLimits: GeneralLimits = {
  heartRateHighAtRestPerMinute: 130,
  /** Above what an adult's heart reaches in effort. */
  heartRateExtremePerMinute: 200,
  /** Below what sleep explains. */
  heartRateLowPerMinute: 40,
  spo2LowPercent: 88,
  respirationRateHighPerMinute: 30,
  respirationRateLowPerMinute: 8,
  temperatureHighCelsius: 38.5,
  temperatureLowCelsius: 35,
  /** 180/120: a hypertensive crisis (ACC/AHA guideline, Whelton 2018). */
  bloodPressureSystolicHighMmHg: 180,
  bloodPressureDiastolicHighMmHg: 120,
  /** What alone gives three points of NEWS2. */
  bloodPressureSystolicLowMmHg: 90,
  bloodPressureDiastolicLowMmHg: 40,
}

/** Limits of one wearer, and who has set them. */
export const wearerLimitsSchema = z
  .strictObject({ wearer: identifier, setBy: z.string().min(1).max(100), ...someLimits })
  .refine((limits) => limitNames.some((name) => limits[name] !== undefined), {
    error: `at least one of ${limitNames.join(', ')}`,
  })
  .superRefine((limits, context) => {
    const message = contradiction((name) => limits[name] ?? generalLimits[name])
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })
export type WearerLimits = z.infer<typeof wearerLimitsSchema>

/** What a value of a wearer is held against; `setBy` where it is the wearer's own. */
export type LimitOf = (wearer: string, name: LimitName) => { limit: number; setBy?: string }

type OwnLimits = NonNullable<WearerStatus['limits']>
type SetLimits = Extract<Request, { action: 'set-limits' }>
/** Of one wearer, as they were set at run time. */
type Changed = Partial<Record<LimitName, { limit: number; by: string; at: string; reason?: string }>>

/**
 * Every limit of every wearer: what a person has set at run time, else what the configuration says of that wearer, else what holds for
 * everybody. What was set at run time is kept over a restart.
 */
export class LimitBook {
  readonly changes = new KeyedState(plainState<Changed>('limits', 1, () => ({})))
  readonly #configured: ReadonlyMap<string, WearerLimits>
  readonly #general: GeneralLimits

  constructor(configured: readonly WearerLimits[], general: Partial<GeneralLimits> = {}) {
    this.#configured = new Map(configured.map((limits) => [limits.wearer, limits]))
    this.#general = { ...generalLimits, ...general }
  }

  readonly of: LimitOf = (wearer, name) => {
    const changed = this.changes.peek(wearer)?.[name]
    if (changed !== undefined) return { limit: changed.limit, setBy: changed.by }
    const configured = this.#configured.get(wearer)
    const limit = configured?.[name]
    if (configured === undefined || limit === undefined) return { limit: this.#general[name] }
    return { limit, setBy: configured.setBy }
  }

  /**
   * Sets and takes back limits, all of a request or none.
   *
   * @param at ISO 8601
   * @returns why not, if they leave nothing between a lower and an upper one
   */
  change({ wearer, by, reason, limits }: SetLimits, at: string): string | undefined {
    const next: Changed = { ...this.changes.peek(wearer) }
    for (const name of limitNames) {
      const limit = limits[name]
      if (limit === null) delete next[name]
      else if (limit !== undefined) next[name] = { limit, by, at, ...(reason !== undefined && { reason }) }
    }
    const problem = contradiction((name) => next[name]?.limit ?? this.#withoutChange(wearer, name))
    if (problem !== undefined) return problem
    const kept = this.changes.of(wearer)
    for (const name of limitNames) delete kept[name]
    Object.assign(kept, next)
    return undefined
  }

  /** A wearer's own limits with their authors; undefined where all are those of everybody. */
  list(wearer: string): OwnLimits | undefined {
    const changes = this.changes.peek(wearer) ?? {}
    const own = limitNames.flatMap((name) => {
      const { limit, setBy } = this.of(wearer, name)
      if (setBy === undefined) return []
      const { at, reason } = changes[name] ?? {}
      return [{ name, limit, setBy, ...(at !== undefined && { at }), ...(reason !== undefined && { reason }) }]
    })
    return own.length === 0 ? undefined : own
  }

  #withoutChange(wearer: string, name: LimitName): number {
    return this.#configured.get(wearer)?.[name] ?? this.#general[name]
  }
}

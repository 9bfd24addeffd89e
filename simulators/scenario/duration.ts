import { z } from 'zod'

const unitSeconds = { d: 86_400, h: 3600, m: 60, s: 1, ms: 0.001 } as const
const pattern = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/

/** A length of time as people write it, in seconds: `90s`, `10m`, `1h30m`, `250ms`, `2d`; undefined where it is none. */
export function parseDuration(text: string): number | undefined {
  const parts = text === '' ? null : pattern.exec(text)
  if (parts === null) return undefined
  const units = Object.values(unitSeconds)
  return units.reduce((sum, seconds, i) => sum + Number(parts[i + 1] ?? 0) * seconds, 0)
}

/** A length of time or a moment after the start, in seconds when read. */
export const duration = z.unknown().transform((value, context): number => {
  const seconds = typeof value === 'string' ? parseDuration(value) : undefined
  if (seconds !== undefined) return seconds
  context.issues.push({ code: 'custom', message: 'expected a time such as 90s, 10m, 1h30m or 250ms', input: value })
  return z.NEVER
})

/** A length of time above 0. */
export const positiveDuration = duration.refine((seconds) => seconds > 0, { error: 'expected a time above 0' })

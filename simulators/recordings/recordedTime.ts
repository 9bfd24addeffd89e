/** No recording is longer, s: what says so lies. */
export const maxRecordedSeconds = 366 * 24 * 3600
/** No channel of a wearable is faster: what says so lies. */
export const maxRateHz = 1e6

const isoParts = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)?$/

/** Parts of a time that a calendar and a clock can show. */
export interface CivilTime {
  year: number
  /** 1 to 12. */
  month: number
  day: number
  hour?: number
  minute?: number
  second?: number
}

/** Integer ms of a time, taken as UTC; undefined for a day that no month has, and beyond 00:00:00 to 23:59:59. */
export function utcMillis({ year, month, day, hour = 0, minute = 0, second = 0 }: CivilTime): number | undefined {
  if (!isTimeOfDay(hour, minute, second)) return undefined
  // Not Date.UTC: it takes the years 0 to 99 for 1900 to 1999.
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined
  return date.setUTCHours(hour, minute, second)
}

export function isTimeOfDay(hour: number, minute: number, second: number): boolean {
  return hour <= 23 && minute <= 59 && second <= 59
}

/**
 * ISO 8601 of integer µs since the epoch, to the ms, or to the µs where that is needed.
 * @param zone `Z` for UTC, '' for a local time that was taken as if it were UTC
 * @throws RangeError beyond the years that a Date can hold
 */
export function isoTime(epochMicros: number, zone: 'Z' | ''): string {
  const millis = Math.floor(epochMicros / 1000)
  const micros = epochMicros - millis * 1000
  const text = new Date(millis).toISOString().slice(0, -1)
  return `${text}${micros === 0 ? '' : `${micros}`.padStart(3, '0')}${zone}`
}

/** Integer µs since the epoch of what `isoTime` writes, a time without zone taken as UTC; undefined for anything else. */
export function isoMicros(text: string): number | undefined {
  const parts = isoParts.exec(text)
  if (!parts) return undefined
  const [year = NaN, month = NaN, day = NaN, hour = NaN, minute = NaN, second = NaN] = parts.slice(1, 7).map(Number)
  if (utcMillis({ year, month, day, hour, minute, second }) === undefined) return undefined
  const seconds = Date.parse(`${text.slice(0, 19)}${parts[8] ?? 'Z'}`)
  return Number.isFinite(seconds) ? seconds * 1000 + Number((parts[7] ?? '').padEnd(6, '0')) : undefined
}

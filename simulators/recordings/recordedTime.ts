/** No recording is longer, s: what says so lies. */
export const maxRecordedSeconds = 366 * 24 * 3600

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

import { isoTime, utcMillis } from '../recordedTime.ts'
import { RecordingError } from '../recordingError.ts'
import type { TimeUnit } from './csvOptions.ts'

/** How the cells of a time column are read. */
export interface TimeReader {
  /** Seconds, from 1970 or from wherever the column counts. Throws a `RecordingError` naming the line. */
  seconds(line: number, cell: string | undefined): number
  /** ISO 8601 of such a time; undefined where the column has no dates. */
  startTime(seconds: number): string | undefined
}

const iso = /^(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d:?\d\d)?$/
const timeName = /^(time|timer|timestamps?|date[ _]?time|date|unix(time)?|epoch|t)([\s_[(].*)?$/i
const unitInName = /[\s_[(](s|sec|seconds|ms|msec|milliseconds|us|µs|μs)[\])]?$/i
const perSecond: Record<Exclude<TimeUnit, 'iso'>, number> = { s: 1, ms: 1e3, us: 1e6 }
/** From here on a number is taken for seconds, ms or µs since 1970: all of 1974 to 5138. */
const [epochSeconds, epochMillis, epochMicros] = [1.2e8, 1e11, 1e14]

export function looksLikeTime(name: string): boolean {
  return timeName.test(name.trim())
}

export function isIsoTime(cell: string): boolean {
  return iso.test(cell)
}

/**
 * Decides from the column's name and its first cell what its cells are.
 * @throws RecordingError where neither tells the unit
 */
export function timeReader(path: string, name: string, unit: TimeUnit | undefined, firstCell: string): TimeReader {
  const field = (line: number) => `line ${line}, column "${name}"`
  const wanted = unit ?? unitOf(name, firstCell)
  if (wanted === undefined) {
    const first = `${JSON.stringify(firstCell.slice(0, 60))}, which does not say`
    throw new RecordingError(path, `csv.time "${name}"`, 'a unit: s, ms, us or iso', first)
  }
  if (wanted === 'iso') {
    const zone = iso.exec(firstCell)?.[8] === undefined ? '' : 'Z'
    return {
      seconds(line, cell) {
        const seconds = isoSeconds(cell ?? '')
        if (Number.isFinite(seconds)) return seconds
        const shown = JSON.stringify((cell ?? '').slice(0, 60))
        throw new RecordingError(path, field(line), 'a time such as 2026-01-31 10:00:00.5', shown)
      },
      startTime: (seconds) => isoTime(Math.round(seconds * 1e6), zone),
    }
  }
  return {
    seconds(line, cell) {
      const value = cell === undefined || cell === '' ? NaN : Number(cell)
      if (Number.isFinite(value)) return value / perSecond[wanted]
      throw new RecordingError(path, field(line), `a time in ${wanted}`, JSON.stringify((cell ?? '').slice(0, 60)))
    },
    startTime(seconds) {
      if (seconds < epochSeconds || seconds > epochMillis) return undefined
      return isoTime(Math.round(seconds * 1e6), 'Z')
    },
  }
}

function unitOf(name: string, firstCell: string): TimeUnit | undefined {
  if (isIsoTime(firstCell)) return 'iso'
  const value = Number(firstCell)
  if (value >= epochSeconds) return value >= epochMicros ? 'us' : value >= epochMillis ? 'ms' : 's'
  const stated = unitInName.exec(name)?.[1]?.toLowerCase()
  if (stated === undefined) return undefined
  return stated.startsWith('m') ? 'ms' : stated.startsWith('s') ? 's' : 'us'
}

/** A time without a zone counts as if it were UTC. */
function isoSeconds(text: string): number {
  const parts = iso.exec(text)
  if (!parts) return NaN
  const [, year, month, day, hour, minute, second = '00', fraction = '0', zone = 'Z'] = parts
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = [year, month, day, hour, minute, second].map(Number)
  if (utcMillis({ year: y, month: mo, day: d, hour: h, minute: mi, second: s }) === undefined) return NaN
  const zoned = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone
  const millis = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${zoned}`)
  return millis / 1000 + Number(`0.${fraction}`)
}

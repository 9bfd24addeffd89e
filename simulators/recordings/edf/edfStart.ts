import { RecordingError } from '../recordingError.ts'
import { isTimeOfDay, utcMillis } from '../recordedTime.ts'

const dateField = /^(\d\d)[.:/-](\d\d)[.:/-](\d\d|yy)$/
const timeField = /^(\d\d)[.:](\d\d)[.:](\d\d)$/
const fullDate = /\bStartdate (\d\d-([A-Z]{3})-\d{4})\b/
const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const unknownDate = /^00[.:/-]00[.:/-]00$/

/**
 * When a recording began, local time without zone as integer µs of a UTC day. EDF gives two digits of the year: 85 to 99 are
 * of the 20th century (https://www.edfplus.info/specs/edf.html); EDF+ gives all four in the recording's text, and may write
 * `yy` in the startdate then (`edfplus.html` 2.1.3.3). Undefined where the date is 00.00.00: not known.
 * @throws RecordingError naming file and field, also for a day that no calendar has and a time that no clock shows
 */
export function startMicros(
  file: string,
  { date, time, recording }: { date: string; time: string; recording: string },
): number | undefined {
  const wrong = (field: string, expected: string, received: string) =>
    new RecordingError(file, field, expected, JSON.stringify(received))
  const t = timeField.exec(time)
  const [hour, minute, second] = [Number(t?.[1]), Number(t?.[2]), Number(t?.[3])]
  if (!t || !isTimeOfDay(hour, minute, second)) throw wrong('starttime', 'hh.mm.ss from 00.00.00 to 23.59.59', time)
  const clock = { hour, minute, second }

  const full = fullDate.exec(recording)
  const d = dateField.exec(date)
  // A year that is left open is in the recording's text; 2000 has every day that a year can have.
  const short = d?.[3] === 'yy' && full ? 0 : Number(d?.[3])
  const year = short + (short >= 85 ? 1900 : 2000)
  const fromHeader = d ? utcMillis({ year, month: Number(d[2]), day: Number(d[1]), ...clock }) : undefined
  const isUnknown = unknownDate.test(date)
  if (fromHeader === undefined && !isUnknown) throw wrong('startdate', 'dd.mm.yy, a day of the calendar', date)
  if (!full) return fromHeader === undefined ? undefined : fromHeader * 1000

  const text = full[1] ?? ''
  const named = { year: Number(text.slice(7)), month: months.indexOf(full[2] ?? '') + 1, day: Number(text.slice(0, 2)) }
  const millis = utcMillis({ ...named, ...clock })
  if (millis === undefined) throw wrong('recording startdate', 'dd-MMM-yyyy, a day of the calendar', text)
  return millis * 1000
}

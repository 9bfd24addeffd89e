import { RecordingError } from '../recordingError.ts'
import { isTimeOfDay, utcMillis } from '../recordedTime.ts'

/** What the WFDB library holds in an `int`. */
const [leastInt, mostInt] = [-(2 ** 31), 2 ** 31 - 1]
/** Within these a stored value of 32 bits becomes a 32-bit float that is neither infinite nor 0. */
const [leastGain, mostGain] = [1e-28, 1e28]

const wholeNumber = /^[-+]?\d+$/
const decimal = /^(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/
const gainField = /^([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?:\(([-+]?\d+)\))?(?:\/(\S+))?$/
const counterField = /^(\d+\.?\d*|\.\d+)(?:\(([-+]?\d+\.?\d*)\))?$/
const timeField = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(\.\d+)?)?$/
const dateField = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/

/** A line of a header, and what reads its fields: each throws a `RecordingError` naming file, line and field. */
export class HeaderLine {
  readonly file: string
  /** From 1, comments and empty lines included. */
  readonly number: number
  readonly fields: string[]

  constructor(file: string, number: number, text: string) {
    this.file = file
    this.number = number
    this.fields = text.trim().split(/\s+/)
  }

  wrong(field: string, expected: string, received: string | undefined): RecordingError {
    const shown = received === undefined ? 'nothing' : JSON.stringify(received.slice(0, 60))
    return new RecordingError(this.file, `line ${this.number}, ${field}`, expected, shown)
  }

  /** A whole number, by default of 32 bits. */
  integer(field: string, text: string | undefined, least = leastInt, most = mostInt): number {
    const value = text !== undefined && wholeNumber.test(text) ? Number(text) : NaN
    // Adding 0 makes -0 an ordinary one.
    if (value >= least && value <= most) return value + 0
    throw this.wrong(field, `a whole number from ${least} to ${most}`, text)
  }

  /** A number of something, as many as can be counted. */
  count(field: string, text: string | undefined, least = 0): number {
    return this.integer(field, text, least, Number.MAX_SAFE_INTEGER)
  }

  /** `200(1024)/mV`; a gain of 0 says that it is not known. */
  gain(signal: string, text: string): { gain: number; baseline?: number; unit?: string } {
    const parts = gainField.exec(text)
    if (!parts) throw this.wrong(`${signal} gain`, 'a number such as 200(1024)/mV', text)
    const [, number = '', baseline, unit] = parts
    const gain = Number(number)
    const isZero = !/[1-9]/.test(number.replace(/e.*/i, ''))
    if (!isZero && !(Math.abs(gain) >= leastGain && Math.abs(gain) <= mostGain))
      throw this.wrong(`${signal} gain`, `0 or a size from ${leastGain} to ${mostGain}`, text)
    return {
      gain,
      ...(baseline === undefined ? {} : { baseline: this.integer(`${signal} baseline`, baseline) }),
      ...(unit === undefined ? {} : { unit }),
    }
  }

  /** `62.4725/999.56(0)`: the frame rate, then frequency and base value of the recorder's counter. */
  frequencies(text: string): { frameRateHz: number; counter?: { hz: number; base: number } } {
    const slash = text.indexOf('/')
    const rate = slash < 0 ? text : text.slice(0, slash)
    const frameRateHz = decimal.test(rate) ? Number(rate) : NaN
    if (!(frameRateHz > 0 && frameRateHz < Infinity)) throw this.wrong('sampling frequency', 'a number > 0', text)
    if (slash < 0) return { frameRateHz }
    const counter = text.slice(slash + 1)
    const parts = counterField.exec(counter)
    const [hz, base] = [Number(parts?.[1]), Number(parts?.[2] ?? 0)]
    if (!parts || !(hz > 0 && hz < Infinity))
      throw this.wrong('counter frequency', 'a number > 0 such as 999.56(0)', counter)
    if (!Number.isFinite(base)) throw this.wrong('base counter value', 'a number', parts[2])
    return { frameRateHz, counter: { hz, base } }
  }

  /** ISO 8601 without a zone of base time and base date; undefined without a date. */
  start(time: string | undefined, date: string | undefined): string | undefined {
    if (time === undefined) return undefined
    const t = timeField.exec(time)
    const [hour, minute, second] = [Number(t?.[1]), Number(t?.[2]), Number(t?.[3] ?? 0)]
    if (!t || !isTimeOfDay(hour, minute, second))
      throw this.wrong('base time', 'HH:MM:SS from 00:00:00 to 23:59:59', time)
    if (date === undefined) return undefined
    const d = dateField.exec(date)
    const [day, month, year] = [Number(d?.[1]), Number(d?.[2]), Number(d?.[3])]
    const millis = d ? utcMillis({ year, month, day, hour, minute, second }) : undefined
    if (millis === undefined) throw this.wrong('base date', 'DD/MM/YYYY, a day of the calendar', date)
    const fraction = (t[4] ?? '.').slice(1, 4).padEnd(3, '0')
    return `${new Date(millis).toISOString().slice(0, 19)}.${fraction}`
  }
}

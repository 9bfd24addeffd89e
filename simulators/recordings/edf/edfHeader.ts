import { maxRecordedSeconds } from '../recordedTime.ts'
import { RecordingError } from '../recordingError.ts'

/** Header of an EDF, EDF+, BDF or BDF+ file (https://www.edfplus.info/specs/edf.html, edfplus.html; BioSemi's BDF). */
export interface EdfHeader {
  file: string
  format: 'EDF' | 'EDF+C' | 'EDF+D' | 'BDF' | 'BDF+C' | 'BDF+D'
  /** Of a stored sample: 2, or 3 in BDF. */
  sampleBytes: 2 | 3
  headerBytes: number
  /** Local time without zone, as integer µs of a UTC day; absent where there is no such date. */
  startMicros?: number
  records: number
  recordSeconds: number
  recordBytes: number
  signals: EdfSignal[]
}

export interface EdfSignal {
  label: string
  unit: string
  physicalMin: number
  physicalMax: number
  digitalMin: number
  digitalMax: number
  samplesPerRecord: number
  /** Place of its first byte in a data record. */
  byteOffset: number
  isAnnotations: boolean
}

export const fixedHeaderBytes = 256
const signalHeaderBytes = 256
/** Of one data record; the standard recommends at most 61,440. */
const maxRecordBytes = 1 << 26
const maxRecordSeconds = 24 * 3600
const decimal = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/
const whole = /^[-+]?\d+$/
const [dateField, timeField] = [/^(\d\d)[.:/-](\d\d)[.:/-](\d\d)$/, /^(\d\d)[.:](\d\d)[.:](\d\d)$/]
const fullDate = /\bStartdate (\d\d)-([A-Z]{3})-(\d{4})\b/
const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']

/** The length of the whole header, as the first 256 bytes state it. Throws a `RecordingError`. */
export function statedHeaderBytes(file: string, bytes: Uint8Array): number {
  if (bytes.length < fixedHeaderBytes)
    throw new RecordingError(file, 'header', `at least ${fixedHeaderBytes} bytes`, `${bytes.length}`)
  const text = latin1(bytes)
  const count = wholeNumber(file, 'number of signals', text.slice(252, 256), 1)
  const expected = fixedHeaderBytes + count * signalHeaderBytes
  const stated = wholeNumber(file, 'number of bytes in header', text.slice(184, 192), 0)
  if (stated === expected) return stated
  throw new RecordingError(file, 'number of bytes in header', `${expected}, for ${count} signals`, `${stated}`)
}

/**
 * Parses a whole header.
 * @param fileBytes size of the file: it must hold what the header says; where that leaves the number of records open (-1),
 * as many as there are
 * @throws RecordingError naming file and field
 */
export function parseEdfHeader(file: string, bytes: Uint8Array, fileBytes: number): EdfHeader {
  const headerBytes = statedHeaderBytes(file, bytes)
  if (bytes.length < headerBytes)
    throw new RecordingError(file, 'header', `${headerBytes} bytes`, `${bytes.length}, where the file ends`)
  const text = latin1(bytes)
  const isBdf = bytes[0] === 0xff && text.slice(1, 8) === 'BIOSEMI'
  if (!isBdf && text.slice(0, 8).trim() !== '0')
    throw new RecordingError(file, 'version', '"0" (EDF) or 0xff "BIOSEMI" (BDF)', quote(text.slice(0, 8)))
  const kind = isBdf ? 'BDF' : 'EDF'
  const plus = /^(?:EDF|BDF)(\+[CD])/.exec(text.slice(192, 236))?.[1] as '+C' | '+D' | undefined
  const sampleBytes = isBdf ? 3 : 2
  const signals = parseSignals(file, text, sampleBytes, plus !== undefined, kind)
  const recordBytes = signals.reduce((sum, { samplesPerRecord }) => sum + samplesPerRecord * sampleBytes, 0)
  if (recordBytes > maxRecordBytes)
    throw new RecordingError(
      file,
      'number of samples',
      `data records of at most ${maxRecordBytes} bytes`,
      `${recordBytes}`,
    )
  const recordSeconds = number(file, 'duration of a data record', text.slice(244, 252))
  const timed = signals.some(({ isAnnotations }) => !isAnnotations)
  if (!(recordSeconds > 0 || (recordSeconds === 0 && !timed)) || recordSeconds > maxRecordSeconds)
    throw new RecordingError(
      file,
      'duration of a data record',
      `seconds > 0, at most ${maxRecordSeconds}`,
      `${recordSeconds}`,
    )
  const startMicros = parseStart(file, text)
  const stated = wholeNumber(file, 'number of data records', text.slice(236, 244), -1)
  const held = Math.floor((fileBytes - headerBytes) / recordBytes)
  const records = stated === -1 ? held : stated
  if (records * recordSeconds > maxRecordedSeconds) {
    const received = `${records} of ${recordSeconds} s`
    throw new RecordingError(file, 'number of data records', `at most ${maxRecordedSeconds} s of them`, received)
  }
  const expected = headerBytes + records * recordBytes
  if (fileBytes < expected || (stated !== -1 && fileBytes > expected)) {
    const why = `${expected} bytes (${headerBytes} of header, ${records} data records of ${recordBytes})`
    throw new RecordingError(file, 'size', why, `${fileBytes}`)
  }
  return {
    file,
    format: `${kind}${plus ?? ''}`,
    sampleBytes,
    headerBytes,
    ...(startMicros === undefined ? {} : { startMicros }),
    records,
    recordSeconds,
    recordBytes,
    signals,
  }
}

function parseSignals(
  file: string,
  text: string,
  sampleBytes: number,
  plus: boolean,
  kind: 'EDF' | 'BDF',
): EdfSignal[] {
  const count = wholeNumber(file, 'number of signals', text.slice(252, 256), 1)
  let at = fixedHeaderBytes
  const column = (width: number): string[] => {
    const start = at
    at += width * count
    return Array.from({ length: count }, (_, i) => text.slice(start + i * width, start + (i + 1) * width).trim())
  }
  const labels = column(16)
  column(80)
  const [units, physicalMins, physicalMaxs] = [column(8), column(8), column(8)]
  const [digitalMins, digitalMaxs] = [column(8), column(8)]
  column(80)
  const samples = column(8)
  let byteOffset = 0
  return labels.map((label, i): EdfSignal => {
    const where = (field: string) => `signal ${i} (${label}) ${field}`
    const isAnnotations = plus && label === `${kind} Annotations`
    const samplesPerRecord = wholeNumber(file, where('number of samples'), samples[i] ?? '', 1)
    const signal = {
      label,
      unit: units[i] ?? '',
      physicalMin: number(file, where('physical minimum'), physicalMins[i] ?? ''),
      physicalMax: number(file, where('physical maximum'), physicalMaxs[i] ?? ''),
      digitalMin: wholeNumber(file, where('digital minimum'), digitalMins[i] ?? '', -Infinity),
      digitalMax: wholeNumber(file, where('digital maximum'), digitalMaxs[i] ?? '', -Infinity),
      samplesPerRecord,
      byteOffset,
      isAnnotations,
    }
    byteOffset += samplesPerRecord * sampleBytes
    const { physicalMin, physicalMax, digitalMin, digitalMax } = signal
    if (digitalMin >= digitalMax)
      throw new RecordingError(file, where('digital maximum'), `more than the minimum, ${digitalMin}`, `${digitalMax}`)
    if (physicalMin === physicalMax && !isAnnotations)
      throw new RecordingError(
        file,
        where('physical maximum'),
        `other than the minimum, ${physicalMin}`,
        `${physicalMax}`,
      )
    return signal
  })
}

/** EDF gives two digits of the year: 85 to 99 are of the 20th century. EDF+ gives all four in the recording's text. */
function parseStart(file: string, text: string): number | undefined {
  const [date, time] = [text.slice(168, 176).trim(), text.slice(176, 184).trim()]
  const d = dateField.exec(date)
  if (!d) throw new RecordingError(file, 'startdate', 'dd.mm.yy', quote(date))
  const t = timeField.exec(time)
  if (!t) throw new RecordingError(file, 'starttime', 'hh.mm.ss', quote(time))
  const full = fullDate.exec(text.slice(88, 168))
  const month = full ? months.indexOf(full[2] ?? '') + 1 : Number(d[2])
  const short = Number(d[3])
  const year = full ? Number(full[3]) : short + (short >= 85 ? 1900 : 2000)
  const day = Number(full?.[1] ?? d[1])
  const millis = Date.UTC(year, month - 1, day, Number(t[1]), Number(t[2]), Number(t[3]))
  const found = new Date(millis)
  // 00.00.00 and the like say that the date is not known.
  return found.getUTCMonth() === month - 1 && found.getUTCDate() === day ? millis * 1000 : undefined
}

function number(file: string, field: string, text: string): number {
  if (decimal.test(text.trim())) return Number(text)
  throw new RecordingError(file, field, 'a number', quote(text))
}

function wholeNumber(file: string, field: string, text: string, min: number): number {
  const value = Number(text)
  if (!whole.test(text.trim())) throw new RecordingError(file, field, 'a whole number', quote(text))
  if (value < min) throw new RecordingError(file, field, `a whole number >= ${min}`, `${value}`)
  return value
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const quote = (text: string): string => JSON.stringify(text.trim())

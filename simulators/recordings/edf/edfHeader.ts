import { maxRecordedSeconds } from '../recordedTime.ts'
import { RecordingError } from '../recordingError.ts'
import { startMicros } from './edfStart.ts'

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
const maxSize = 1e30
const decimal = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/
const whole = /^[-+]?\d+$/

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
  const [recording, date, time] = [text.slice(88, 168), text.slice(168, 176).trim(), text.slice(176, 184).trim()]
  const start = startMicros(file, { recording, date, time })
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
    ...(start === undefined ? {} : { startMicros: start }),
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
  const limit = 2 ** (8 * sampleBytes - 1)
  const stored = (field: string, text: string) => wholeNumber(file, field, text, -limit, limit - 1)
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
      digitalMin: stored(where('digital minimum'), digitalMins[i] ?? ''),
      digitalMax: stored(where('digital maximum'), digitalMaxs[i] ?? ''),
      samplesPerRecord,
      byteOffset,
      isAnnotations,
    }
    byteOffset += samplesPerRecord * sampleBytes
    const { physicalMin, physicalMax, digitalMin, digitalMax } = signal
    if (digitalMin >= digitalMax)
      throw new RecordingError(file, where('digital maximum'), `more than the minimum, ${digitalMin}`, `${digitalMax}`)
    // Samples are 32-bit floats: what is the same there is a flat line.
    if (Math.fround(physicalMin) === Math.fround(physicalMax) && !isAnnotations)
      throw new RecordingError(
        file,
        where('physical maximum'),
        `other than the minimum, ${physicalMin}`,
        `${physicalMax}`,
      )
    return signal
  })
}

/** A number of a size that leaves every sample made with it finite as a 32-bit float. */
function number(file: string, field: string, text: string): number {
  const wrong = (expected: string) => new RecordingError(file, field, expected, quote(text))
  if (!decimal.test(text.trim())) throw wrong('a number')
  if (Math.abs(Number(text)) > maxSize) throw wrong(`a number of at most ${maxSize}`)
  return Number(text)
}

function wholeNumber(file: string, field: string, text: string, min: number, max = Infinity): number {
  const value = Number(text)
  if (!whole.test(text.trim())) throw new RecordingError(file, field, 'a whole number', quote(text))
  if (value >= min && value <= max) return value
  const range = max === Infinity ? `>= ${min}` : `from ${min} to ${max}`
  throw new RecordingError(file, field, `a whole number ${range}`, `${value}`)
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
const quote = (text: string): string => JSON.stringify(text.trim())

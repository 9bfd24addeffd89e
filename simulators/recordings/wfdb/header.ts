import { RecordingError } from '../recordingError.ts'

/** A WFDB header file (`header(5)` of the WFDB Applications Guide), with its defaults filled in. */
export interface WfdbHeader {
  file: string
  record: string
  /** Frames a second; a signal with several samples a frame is that much faster. */
  frameRateHz: number
  /** Frames in the record; absent where the header leaves it to the files. */
  frames?: number
  /** `1994-10-26T08:26:04.000`, of the recorder's clock, zone unknown; absent without a date. */
  startTime?: string
  signals: WfdbSignal[]
  comments: string[]
}

/** One signal line. */
export interface WfdbSignal {
  file: string
  format: number
  samplesPerFrame: number
  /** Frames that this signal lags behind the others in the file. */
  skewFrames: number
  byteOffset: number
  /** ADC units per physical unit. */
  gain: number
  /** ADC value at 0 physical units. */
  baseline: number
  unit: string
  initialValue?: number
  checksum?: number
  description: string
}

/** ADC units per mV where the header gives 0 or nothing (`DEFGAIN` of the WFDB library). */
const defaultGain = 200
const defaultFrameRateHz = 250

const recordName = /^([A-Za-z0-9_-]+)(?:\/(\d+))?$/
const formatField = /^(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?$/
const gainField = /^([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?:\(([-+]?\d+)\))?(?:\/(\S+))?$/
const timeField = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(\.\d+)?)?$/
const dateField = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/

/**
 * Parses the text of a `.hea` file.
 * @throws RecordingError naming the file and the field, e.g. `100.hea: signal 1 gain: expected a number, received "x"`.
 */
export function parseHeader(file: string, text: string): WfdbHeader {
  const lines = text.split(/\r?\n/)
  const comments = lines.filter((line) => line.startsWith('#')).map((line) => line.slice(1).trim())
  const content = lines.filter((line) => line.trim() !== '' && !line.startsWith('#'))
  const first = content[0]
  if (first === undefined) throw new RecordingError(file, 'record line', 'a record name', 'nothing')

  const [name = '', count, rate, frames, baseTime, baseDate] = first.trim().split(/\s+/)
  const named = recordName.exec(name)
  if (!named) throw new RecordingError(file, 'record name', 'letters, digits, "_", "-"', quote(name))
  if (named[2] !== undefined) {
    throw new RecordingError(file, 'record name', 'a record of one segment', `${named[2]} segments (not supported)`)
  }
  const signalCount = wholeNumber(file, 'number of signals', count, 0)
  const frameRateHz = parseFrameRate(file, rate)
  const stated = frames === undefined ? 0 : wholeNumber(file, 'number of samples', frames, 0)
  const startTime = parseStart(file, baseTime, baseDate)
  const signalLines = content.slice(1)
  if (signalLines.length < signalCount) {
    throw new RecordingError(file, 'number of signals', `${signalCount} signal lines`, `${signalLines.length}`)
  }
  return {
    file,
    record: named[1] ?? name,
    frameRateHz,
    ...(stated > 0 ? { frames: stated } : {}),
    ...(startTime === undefined ? {} : { startTime }),
    signals: signalLines.slice(0, signalCount).map((line, index) => parseSignal(file, index, line)),
    comments,
  }
}

function parseSignal(file: string, index: number, line: string): WfdbSignal {
  const where = (field: string) => `signal ${index} ${field}`
  const fields = line.trim().split(/\s+/)
  const [signalFile = '', format = '', gain, , zero, initial, checksum] = fields
  const formatParts = formatField.exec(format)
  if (!formatParts) throw new RecordingError(file, where('format'), 'a number such as 212 or 16x2+24', quote(format))
  const gainParts = gain === undefined ? undefined : gainField.exec(gain)
  if (gainParts === null) throw new RecordingError(file, where('gain'), 'a number such as 200(1024)/mV', quote(gain))
  const zeroValue = zero === undefined ? 0 : integer(file, where('ADC zero'), zero)
  const samplesPerFrame = Number(formatParts[2] ?? 1)
  if (samplesPerFrame < 1)
    throw new RecordingError(file, where('samples per frame'), 'at least 1', `${samplesPerFrame}`)
  const gainValue = Number(gainParts?.[1] ?? 0)
  return {
    file: signalFile,
    format: Number(formatParts[1]),
    samplesPerFrame,
    skewFrames: Number(formatParts[3] ?? 0),
    byteOffset: Number(formatParts[4] ?? 0),
    gain: gainValue === 0 ? defaultGain : gainValue,
    baseline: gainParts?.[2] === undefined ? zeroValue : Number(gainParts[2]),
    unit: gainParts?.[3] ?? 'mV',
    ...(initial === undefined ? {} : { initialValue: integer(file, where('initial value'), initial) }),
    ...(checksum === undefined ? {} : { checksum: integer(file, where('checksum'), checksum) }),
    // The eighth field is the block size; what follows is free text.
    description: fields.slice(8).join(' '),
  }
}

function parseFrameRate(file: string, text: string | undefined): number {
  if (text === undefined) return defaultFrameRateHz
  // "62.4725/999.56(0)": the frame rate, then the counter frequency and base, which do not concern samples.
  const rate = Number(text.split('/')[0])
  if (!(rate > 0) || !Number.isFinite(rate)) {
    throw new RecordingError(file, 'sampling frequency', 'a number > 0', quote(text))
  }
  return rate
}

function parseStart(file: string, time: string | undefined, date: string | undefined): string | undefined {
  if (time === undefined) return undefined
  const t = timeField.exec(time)
  if (!t) throw new RecordingError(file, 'base time', 'HH:MM:SS', quote(time))
  if (date === undefined) return undefined
  const d = dateField.exec(date)
  if (!d) throw new RecordingError(file, 'base date', 'DD/MM/YYYY', quote(date))
  const two = (part: string | undefined) => (part ?? '0').padStart(2, '0')
  const millis = (t[4] ?? '.').slice(1, 4).padEnd(3, '0')
  return `${d[3]}-${two(d[2])}-${two(d[1])}T${two(t[1])}:${two(t[2])}:${two(t[3])}.${millis}`
}

function wholeNumber(file: string, field: string, text: string | undefined, min: number): number {
  const value = integer(file, field, text)
  if (value < min) throw new RecordingError(file, field, `a whole number >= ${min}`, `${value}`)
  return value
}

function integer(file: string, field: string, text: string | undefined): number {
  if (text === undefined || !/^[-+]?\d+$/.test(text)) {
    throw new RecordingError(file, field, 'a whole number', text === undefined ? 'nothing' : quote(text))
  }
  return Number(text)
}

function quote(text: string | undefined): string {
  return JSON.stringify((text ?? '').slice(0, 60))
}

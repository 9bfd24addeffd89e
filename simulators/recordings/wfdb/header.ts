import { readWhole } from '../byteSource.ts'
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
  /** The recorder's counter: its frequency, Hz, and its value at sample 0; absent where the header has none. */
  counter?: { hz: number; base: number }
  signals: WfdbSignal[]
  /** The parts that a multi-segment record is made of; its `signals` are then empty. */
  segments?: WfdbSegment[]
  /** Number of signals in each segment (or in the layout) of a multi-segment record. */
  signalCount: number
  comments: string[]
}

/** One segment line. */
export interface WfdbSegment {
  /** Of a record beside this one; `~` for a stretch without data. */
  name: string
  /** 0 for the layout, the first segment of a record whose segments hold different signals. */
  frames: number
}

/** One signal line. */
export interface WfdbSignal {
  file: string
  format: number
  samplesPerFrame: number
  /** Frames by which the signal lies further back in the file than the others. */
  skewFrames: number
  byteOffset: number
  /** ADC units per physical unit. */
  gain: number
  /** ADC value at 0 physical units. */
  baseline: number
  unit: string
  /** Taken for the initial value where the header has none. */
  adcZero: number
  initialValue?: number
  checksum?: number
  description: string
}

/** ADC units per mV where the header gives 0 or nothing (`DEFGAIN` of the WFDB library). */
const defaultGain = 200
const defaultFrameRateHz = 250

const maxHeaderBytes = 1 << 22
const recordName = /^([A-Za-z0-9_-]+)(?:\/(\d+))?$/
const segmentName = /^[A-Za-z0-9_-]+$/
const formatField = /^(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?$/
const gainField = /^([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?:\(([-+]?\d+)\))?(?:\/(\S+))?$/
const counterField = /^(\d+\.?\d*|\.\d+)(?:\(([-+]?\d+\.?\d*)\))?$/
const timeField = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(\.\d+)?)?$/
const dateField = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/

/** A header file; undefined where it is not there. Throws as `parseHeader`, and for a file beyond 4 MiB. */
export async function readHeader(file: string): Promise<{ header: WfdbHeader; bytes: Uint8Array } | undefined> {
  const bytes = await readWhole(file, 'header', maxHeaderBytes)
  return bytes && { header: parseHeader(file, new TextDecoder().decode(bytes)), bytes }
}

/**
 * Parses the text of a `.hea` file.
 * @throws RecordingError naming the file and the field, e.g. `100.hea: signal 1 gain: expected a number, received "x"`.
 */
export function parseHeader(file: string, text: string): WfdbHeader {
  const all = text.split(/\r?\n/)
  const comments = all.filter((line) => line.startsWith('#')).map((line) => line.slice(1).trim())
  const content = all.filter((line) => line.trim() !== '' && !line.startsWith('#'))
  const first = content[0]
  if (first === undefined) throw new RecordingError(file, 'record line', 'a record name', 'nothing')

  const [name = '', count, rate, frames, baseTime, baseDate] = first.trim().split(/\s+/)
  const named = recordName.exec(name)
  if (!named) throw new RecordingError(file, 'record name', 'letters, digits, "_", "-"', quote(name))
  const signalCount = wholeNumber(file, 'number of signals', count, 0)
  const { frameRateHz, counter } = parseFrequencies(file, rate)
  const stated = frames === undefined ? 0 : wholeNumber(file, 'number of samples', frames, 0)
  const startTime = parseStart(file, baseTime, baseDate)
  const lines = content.slice(1)
  const header = {
    file,
    record: named[1] ?? name,
    frameRateHz,
    signalCount,
    ...(stated > 0 ? { frames: stated } : {}),
    ...(startTime === undefined ? {} : { startTime }),
    ...(counter === undefined ? {} : { counter }),
    comments,
  }
  if (named[2] !== undefined) return { ...header, signals: [], segments: parseSegments(file, Number(named[2]), lines) }
  if (lines.length < signalCount)
    throw new RecordingError(file, 'number of signals', `${signalCount} signal lines`, `${lines.length}`)
  const signals = lines.slice(0, signalCount).map((line, index) => parseSignal(file, index, line))
  return { ...header, signals }
}

function parseSegments(file: string, count: number, lines: string[]): WfdbSegment[] {
  if (count < 1) throw new RecordingError(file, 'number of segments', 'at least 1', `${count}`)
  if (lines.length < count)
    throw new RecordingError(file, 'number of segments', `${count} segment lines`, `${lines.length}`)
  return lines.slice(0, count).map((line, index) => {
    const [name = '', samples] = line.trim().split(/\s+/)
    if (name !== '~' && !segmentName.test(name))
      throw new RecordingError(file, `segment ${index} name`, 'a record beside this one, or "~"', quote(name))
    const least = index === 0 && name !== '~' ? 0 : 1
    return { name, frames: wholeNumber(file, `segment ${index} (${name}) number of samples`, samples, least) }
  })
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
    adcZero: zeroValue,
    ...(initial === undefined ? {} : { initialValue: integer(file, where('initial value'), initial) }),
    ...(checksum === undefined ? {} : { checksum: integer(file, where('checksum'), checksum) }),
    // The eighth field is the block size; what follows is free text.
    description: fields.slice(8).join(' '),
  }
}

/** "62.4725/999.56(0)": the frame rate, then frequency and base value of the recorder's counter. */
function parseFrequencies(
  file: string,
  text: string | undefined,
): { frameRateHz: number; counter?: { hz: number; base: number } } {
  if (text === undefined) return { frameRateHz: defaultFrameRateHz }
  const [frameRate, counter] = text.split('/')
  const rate = Number(frameRate)
  if (!(rate > 0) || !Number.isFinite(rate))
    throw new RecordingError(file, 'sampling frequency', 'a number > 0', quote(text))
  if (counter === undefined) return { frameRateHz: rate }
  const parts = counterField.exec(counter)
  if (!parts) throw new RecordingError(file, 'counter frequency', 'numbers such as 999.56(0)', quote(counter))
  return { frameRateHz: rate, counter: { hz: Number(parts[1]), base: Number(parts[2] ?? 0) } }
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
  if (!Number.isSafeInteger(value) || value < min)
    throw new RecordingError(file, field, `a whole number >= ${min}`, `${value}`)
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

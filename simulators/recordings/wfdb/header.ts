import { readWhole } from '../byteSource.ts'
import { RecordingError } from '../recordingError.ts'
import { HeaderLine } from './headerLine.ts'

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

/** A header file; undefined where it is not there. Throws as `parseHeader`, and for a file beyond 4 MiB. */
export async function readHeader(file: string): Promise<{ header: WfdbHeader; bytes: Uint8Array } | undefined> {
  const bytes = await readWhole(file, 'header', maxHeaderBytes)
  return bytes && { header: parseHeader(file, new TextDecoder().decode(bytes)), bytes }
}

/**
 * Parses the text of a `.hea` file.
 * @throws RecordingError naming file, line and field: `100.hea: line 3, signal 1 gain: expected a number such as …`
 */
export function parseHeader(file: string, text: string): WfdbHeader {
  const all = text.split(/\r?\n/)
  const comments = all.filter((line) => line.startsWith('#')).map((line) => line.slice(1).trim())
  const [first, ...lines] = all.flatMap((line, i) =>
    line.trim() === '' || line.startsWith('#') ? [] : [new HeaderLine(file, i + 1, line)],
  )
  if (first === undefined) throw new RecordingError(file, 'record line', 'a record name', 'nothing')

  const [name = '', count, rate, frames, baseTime, baseDate] = first.fields
  const named = recordName.exec(name)
  if (!named) throw first.wrong('record name', 'letters, digits, "_", "-"', name)
  const signalCount = first.count('number of signals', count)
  const { frameRateHz, counter } = rate === undefined ? { frameRateHz: defaultFrameRateHz } : first.frequencies(rate)
  const stated = frames === undefined ? 0 : first.count('number of samples', frames)
  const startTime = first.start(baseTime, baseDate)
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
  if (named[2] !== undefined) {
    const segments = first.count('number of segments', named[2], 1)
    return { ...header, signals: [], segments: linesOf(first, 'segment', segments, lines).map(parseSegment) }
  }
  return { ...header, signals: linesOf(first, 'signal', signalCount, lines).map(parseSignal) }
}

/** As many lines as the record line says. */
function linesOf(first: HeaderLine, of: 'segment' | 'signal', count: number, lines: HeaderLine[]): HeaderLine[] {
  if (lines.length >= count) return lines.slice(0, count)
  const field = `line ${first.number}, number of ${of}s`
  throw new RecordingError(first.file, field, `${count} ${of} lines`, `${lines.length}`)
}

function parseSegment(line: HeaderLine, index: number): WfdbSegment {
  const [name = '', samples] = line.fields
  if (name !== '~' && !segmentName.test(name))
    throw line.wrong(`segment ${index} name`, 'a record beside this one, or "~"', name)
  const least = index === 0 && name !== '~' ? 0 : 1
  return { name, frames: line.count(`segment ${index} (${name}) number of samples`, samples, least) }
}

function parseSignal(line: HeaderLine, index: number): WfdbSignal {
  const where = (field: string) => `signal ${index} ${field}`
  const [file = '', format = '', gain, resolution, zero, initial, checksum, blockSize, ...description] = line.fields
  const parts = formatField.exec(format)
  if (!parts) throw line.wrong(where('format'), 'a number such as 212 or 16x2+24', format)
  const given = gain === undefined ? { gain: 0 } : line.gain(`signal ${index}`, gain)
  // Not used, but a line in which they are no numbers is not what it seems to be.
  if (resolution !== undefined) line.integer(where('ADC resolution'), resolution)
  if (blockSize !== undefined) line.integer(where('block size'), blockSize)
  const adcZero = zero === undefined ? 0 : line.integer(where('ADC zero'), zero)
  return {
    file,
    format: line.integer(where('format'), parts[1]),
    samplesPerFrame: line.integer(where('samples per frame'), parts[2] ?? '1', 1),
    skewFrames: line.integer(where('skew'), parts[3] ?? '0', 0),
    byteOffset: line.count(where('byte offset'), parts[4] ?? '0'),
    gain: given.gain === 0 ? defaultGain : given.gain,
    baseline: given.baseline ?? adcZero,
    unit: given.unit ?? 'mV',
    adcZero,
    ...(initial === undefined ? {} : { initialValue: line.integer(where('initial value'), initial) }),
    ...(checksum === undefined ? {} : { checksum: line.integer(where('checksum'), checksum) }),
    description: description.join(' '),
  }
}

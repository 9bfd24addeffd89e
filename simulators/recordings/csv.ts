import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { createGunzip, crc32 } from 'node:zlib'
import type { SignalName } from '../../firmware-bridge/signals.ts'
import { signals } from '../../firmware-bridge/signals.ts'
import type { Channel, ChannelBlock, OpenOptions, Recording } from './recording.ts'
import { RecordingError } from './recordingError.ts'

/** What a CSV file cannot say of itself. */
export interface CsvOptions {
  rateHz: number
  /** Which columns to take, by their name in the first line, or by number (from 0) where there is no such line. */
  columns: CsvColumn[]
  /** ISO 8601, of the first row. */
  startTime?: string
}

export interface CsvColumn {
  column: string | number
  signal?: SignalName
  /** By default the unit of `signal`. */
  unit?: string
}

/** Texts that stand for "no value". */
const missing = new Set(['', 'nan', 'null', 'none', '-'])

/**
 * Opens a CSV file (also `.gz`), one row a sample, evenly spaced; an empty or `NaN` cell is a missing sample. Reads the file
 * once to count its rows.
 * @throws RecordingError for a missing column, and for a cell that is not a number (naming line and column).
 */
export async function openCsv(path: string, options: OpenOptions): Promise<Recording> {
  const csv = options.csv
  if (!csv) throw new RecordingError(path, 'csv', 'a rate and a column mapping', 'nothing')
  if (!(csv.rateHz > 0)) throw new RecordingError(path, 'csv.rateHz', 'a number > 0', `${csv.rateHz}`)
  if (csv.columns.length === 0) throw new RecordingError(path, 'csv.columns', 'at least one column', 'none')
  const hasHeader = csv.columns.some(({ column }) => typeof column === 'string')
  let firstLine: string | undefined
  let rows = 0
  for await (const line of linesOf(path)) {
    firstLine ??= line
    if (line.trim() !== '') rows++
  }
  if (firstLine === undefined) throw new RecordingError(path, 'first line', 'a row', 'nothing')
  const positions = csv.columns.map(({ column }) => position(path, firstLine, column))
  const samples = rows - (hasHeader ? 1 : 0)
  const channels = csv.columns.map(({ column, signal, unit }): Channel => {
    const stated = unit ?? (signal === undefined ? '1' : signals[signal].unit)
    return {
      name: String(column),
      unit: stated,
      rateHz: csv.rateHz,
      samples,
      ...(signal === undefined ? {} : { signal }),
    }
  })
  const name = basename(path).replace(/\.(csv|txt)(\.gz)?$/i, '')
  return {
    format: 'CSV',
    name,
    ...(csv.startTime === undefined ? {} : { startTime: csv.startTime }),
    durationSeconds: samples / csv.rateHz,
    channels,
    fingerprint: crc32(JSON.stringify([name, firstLine, csv.rateHz, csv.columns])),
    blocks: (seconds) =>
      readBlocks(path, positions, channels, hasHeader, Math.max(1, Math.round(seconds * csv.rateHz))),
    annotations: () => Promise.resolve([]),
  }
}

async function* readBlocks(
  path: string,
  positions: number[],
  channels: Channel[],
  hasHeader: boolean,
  rowsPerBlock: number,
): AsyncGenerator<ChannelBlock[]> {
  let lineNumber = 0
  let startSample = 0
  let filled = 0
  const empty = () => positions.map(() => new Float32Array(rowsPerBlock))
  let values = empty()
  const take = (): ChannelBlock[] => {
    const blocks = values.map((block, channel) => ({ channel, startSample, values: block.subarray(0, filled) }))
    startSample += filled
    filled = 0
    values = empty()
    return blocks
  }
  for await (const line of linesOf(path)) {
    lineNumber++
    if (line.trim() === '' || (hasHeader && lineNumber === 1)) continue
    const cells = line.split(',')
    for (const [i, at] of positions.entries()) {
      const block = values[i]
      if (block) block[filled] = cellValue(path, lineNumber, channels[i]?.name ?? '', cells[at])
    }
    if (++filled === rowsPerBlock) yield take()
  }
  if (filled > 0) yield take()
}

function cellValue(path: string, line: number, column: string, cell: string | undefined): number {
  const text = (cell ?? '').trim()
  if (missing.has(text.toLowerCase())) return NaN
  const value = Number(text)
  if (Number.isFinite(value)) return value
  throw new RecordingError(path, `line ${line}, column "${column}"`, 'a number', JSON.stringify(text.slice(0, 60)))
}

function position(path: string, firstLine: string, column: string | number): number {
  const names = firstLine.split(',').map((name) => name.trim().replace(/^"(.*)"$/, '$1'))
  const at = typeof column === 'number' ? column : names.indexOf(column)
  if (at >= 0 && at < names.length) return at
  const offered = typeof column === 'number' ? `0 to ${names.length - 1}` : `one of ${names.join(', ')}`
  throw new RecordingError(path, 'csv.columns', offered, String(column))
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path)
  const text: Readable = path.toLowerCase().endsWith('.gz') ? file.pipe(createGunzip()) : file
  // pipe() does not pass errors on: a missing file would look like an empty one.
  if (text !== file) file.on('error', (error) => text.destroy(error))
  try {
    yield* createInterface({ input: text, crlfDelay: Infinity })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new RecordingError(path, 'file', 'a readable file', code ?? message)
  } finally {
    file.destroy()
  }
}

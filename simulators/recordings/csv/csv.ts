import { basename } from 'node:path'
import { crc32 } from 'node:zlib'
import { signals } from '../../../firmware-bridge/signals.ts'
import { signalOfChannel } from '../channelSignal.ts'
import type { Channel, ChannelBlock, OpenOptions, Recording, SingleValue } from '../recording.ts'
import { maxRecordedSeconds } from '../recordedTime.ts'
import { RecordingError } from '../recordingError.ts'
import { StepCutter } from '../stepCutter.ts'
import { valueOf } from './cells.ts'
import type { CsvColumn, CsvOptions } from './csvOptions.ts'
import type { CsvRow, CsvTable } from './csvTable.ts'
import { openTable, rowsOf } from './csvTable.ts'
import type { TimeReader } from './timeCells.ts'
import { looksLikeTime, timeReader } from './timeCells.ts'
import { RateEstimate, TimeGrid } from './timeGrid.ts'

/** Column names such as `HR [bpm]`, `Temp (Cel)` and `hr_bpm`. */
const unitInName = /^(.*?)\s*(?:\[([^\]]+)\]|\(([^)]+)\)|_(bpm|mV|uV|ms|g))$/
const maxGapSamples = 1e9

/** Where rows lie in time. */
interface RowTimes {
  /** Absent: each row is a sample, at the rate that was given. */
  column?: { at: number; reader: TimeReader }
  rateHz: number
  gapSeconds: number
  startSeconds: number
  samples: number
  endSeconds: number
}

/**
 * Opens a CSV file (also `.gz`; comma, semicolon or tab; a header line or none): a row a sample, at a rate that is given or
 * found from a time column. An empty or `NaN` cell is a missing sample. Reads the file once or twice to find rate and length.
 * @throws RecordingError for a missing column, and for a cell that is not a number or a time (naming line and column)
 */
export async function openCsv(path: string, { csv = {} }: OpenOptions): Promise<Recording> {
  if (csv.rateHz !== undefined && !(csv.rateHz > 0))
    throw new RecordingError(path, 'csv.rateHz', 'a number > 0', `${csv.rateHz}`)
  const isName = (column: string | number) => typeof column === 'string' && !/^\d+$/.test(column)
  const named = [...(csv.columns ?? []), ...(csv.time ? [csv.time] : [])].some(({ column }) => isName(column))
  const table = await openTable(path, named)
  const timeAt = csv.time
    ? position(table, csv.time.column)
    : csv.rateHz === undefined
      ? timePosition(table)
      : undefined
  const taken = csv.columns?.length ? csv.columns : allBut(table, timeAt)
  if (taken.length === 0) throw new RecordingError(path, 'csv.columns', 'at least one column', 'none')
  const positions = taken.map(({ column }) => position(table, column))
  const times = await rowTimes(table, timeAt, csv)
  const own = csv.times === 'own'
  const channels = taken.map((column, i) => channelOf(column, table.names[positions[i] ?? 0] ?? '', times, own))
  if (own) await countValues(channels, ownTimes(table, positions, times))
  const name = basename(path).replace(/\.(csv|tsv|txt|out)(\.gz)?$/i, '')
  const startTime = csv.startTime ?? times.column?.reader.startTime(times.startSeconds)
  const asked = [csv.rateHz, csv.columns, ...(csv.time || own ? [csv.time, csv.times] : [])]
  return {
    format: 'CSV',
    name,
    ...(startTime === undefined ? {} : { startTime }),
    durationSeconds: own ? times.endSeconds - times.startSeconds : times.samples / times.rateHz,
    channels,
    fingerprint: crc32(JSON.stringify([name, table.firstLine, ...asked])),
    annotationRateHz: times.rateHz,
    annotations: () => Promise.resolve([]),
    ...(own
      ? { blocks: noBlocks, values: () => ownTimes(table, positions, times) }
      : { blocks: (seconds: number) => evenBlocks(table, positions, channels, times, seconds) }),
  }
}

async function* noBlocks(): AsyncGenerator<ChannelBlock[]> {}

async function* evenBlocks(
  table: CsvTable,
  positions: number[],
  channels: Channel[],
  times: RowTimes,
  seconds: number,
): AsyncGenerator<ChannelBlock[]> {
  const cutter = new StepCutter(channels, seconds)
  const places = placesOf(table, times)
  for await (const rows of rowsOf(table)) {
    // Rows that follow one another on the grid go in together.
    const at = rows.map((row) => places(row))
    for (let from = 0, to = 1; from < rows.length; from = to++) {
      while (to < rows.length && at[to] === (at[to - 1] ?? 0) + 1) to++
      for (const [channel, column] of positions.entries()) {
        const values = new Float32Array(to - from)
        for (let i = from; i < to; i++) values[i - from] = cell(table, rows[i], column)
        cutter.push(channel, at[from] ?? 0, values)
      }
    }
    yield* cutter.steps()
  }
  yield* cutter.rest()
}

async function* ownTimes(table: CsvTable, positions: number[], times: RowTimes): AsyncGenerator<SingleValue> {
  let previous = -Infinity
  for await (const rows of rowsOf(table)) {
    for (const row of rows) {
      const seconds = secondsOf(times, row) ?? 0
      if (seconds < previous)
        throw new RecordingError(table.path, `line ${row.line}, time`, `at least ${previous}, as before`, `${seconds}`)
      previous = seconds
      const atMicros = Math.round((seconds - times.startSeconds) * 1e6)
      for (const [channel, column] of positions.entries()) {
        const value = cell(table, row, column)
        if (!Number.isNaN(value)) yield { channel, atMicros, value }
      }
    }
  }
}

async function countValues(channels: Channel[], values: AsyncIterable<SingleValue>): Promise<void> {
  for await (const { channel } of values) {
    const counted = channels[channel]
    if (counted) counted.samples++
  }
}

function cell({ path, names }: CsvTable, row: CsvRow | undefined, column: number): number {
  return row ? valueOf(path, row.line, names[column] ?? '', row.cells[column]) : NaN
}

function secondsOf({ column }: RowTimes, { line, cells }: CsvRow): number | undefined {
  return column?.reader.seconds(line, cells[column.at])
}

function placesOf({ path }: CsvTable, times: RowTimes): (row: CsvRow) => number {
  let next = 0
  if (!times.column) return () => next++
  const grid = new TimeGrid(path, times.rateHz, times.gapSeconds)
  return (row) => grid.place(row.line, secondsOf(times, row) ?? 0)
}

async function rowTimes(table: CsvTable, at: number | undefined, csv: CsvOptions): Promise<RowTimes> {
  const { path, names } = table
  if (at === undefined && (csv.rateHz === undefined || csv.times === 'own'))
    throw new RecordingError(path, 'csv', 'a rate (--rate), or a time column (--time)', `columns ${names.join(', ')}`)
  const found: RowTimes = { rateHz: csv.rateHz ?? 0, gapSeconds: 0, startSeconds: 0, samples: 0, endSeconds: 0 }
  const estimate = new RateEstimate()
  for await (const rows of rowsOf(table)) {
    for (const row of rows) {
      found.samples++
      if (at === undefined) continue
      found.column ??= { at, reader: timeReader(path, names[at] ?? '', csv.time?.unit, row.cells[at] ?? '') }
      const seconds = found.column.reader.seconds(row.line, row.cells[at])
      if (found.samples === 1) found.startSeconds = seconds
      found.endSeconds = seconds
      if (seconds - found.startSeconds > maxRecordedSeconds)
        throw new RecordingError(
          path,
          `line ${row.line}, time`,
          `at most ${maxRecordedSeconds} s from the first`,
          'more',
        )
      estimate.push(seconds)
    }
  }
  if (at !== undefined && found.samples === 0) throw new RecordingError(path, 'rows', 'at least one', 'none')
  if (!found.column || csv.times === 'own') return found
  const estimated = estimate.finish()
  if (!estimated)
    throw new RecordingError(path, `column "${names[at ?? 0] ?? ''}"`, 'times that go on', 'times that do not')
  found.rateHz = csv.rateHz ?? estimated.rateHz
  found.gapSeconds = estimated.gapSeconds
  const places = placesOf(table, found)
  let last = -1
  for await (const rows of rowsOf(table)) for (const row of rows) last = places(row)
  found.samples = last + 1
  if (last < maxGapSamples) return found
  throw new RecordingError(path, 'time', `at most ${maxGapSamples} samples, gaps included`, `${found.samples}`)
}

function channelOf({ column, signal, unit }: CsvColumn, header: string, times: RowTimes, own: boolean): Channel {
  const parts = unitInName.exec(header)
  const inName = parts?.[2] ?? parts?.[3] ?? parts?.[4]
  const stated = unit ?? (signal === undefined ? (inName ?? '1') : signals[signal].unit)
  const known = signal ?? ((unit ?? inName) ? signalOfChannel(parts?.[1] ?? header, stated, times.rateHz) : undefined)
  return {
    name: typeof column === 'string' ? column : header,
    unit: stated,
    rateHz: own ? 0 : times.rateHz,
    samples: own ? 0 : times.samples,
    ...(known === undefined ? {} : { signal: known }),
    ...(own ? { irregular: true as const } : {}),
  }
}

function allBut({ names }: CsvTable, timeAt: number | undefined): CsvColumn[] {
  return names.map((_, column) => ({ column })).filter(({ column }) => column !== timeAt)
}

function timePosition({ names }: CsvTable): number | undefined {
  const at = names.findIndex(looksLikeTime)
  return at < 0 ? undefined : at
}

/** A column by its name; by its number where no name is so. */
function position({ path, names }: CsvTable, column: string | number): number {
  const byName = typeof column === 'string' ? names.indexOf(column) : -1
  const at = byName >= 0 || !/^\d+$/.test(String(column)) ? byName : Number(column)
  if (at >= 0 && at < names.length) return at
  const offered = typeof column === 'number' ? `0 to ${names.length - 1}` : `one of ${names.join(', ')}`
  throw new RecordingError(path, 'csv.columns', offered, String(column))
}

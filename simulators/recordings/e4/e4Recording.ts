import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { crc32 } from 'node:zlib'
import { signals } from '../../../firmware-bridge/signals.ts'
import type { Annotation, Channel, ChannelBlock, Recording, SingleValue } from '../recording.ts'
import { isoTime, maxRecordedSeconds } from '../recordedTime.ts'
import { RecordingError } from '../recordingError.ts'
import { sampleAt } from '../stepCutter.ts'
import { textLines } from '../textLines.ts'
import type { E4File } from './e4File.ts'
import { E4Reader, measureE4File, numberIn, numberOf } from './e4File.ts'

type E4Channel = Pick<Channel, 'name' | 'unit' | 'signal'>

/** Files with even samples: their columns, and what a unit of the channel is in the file (acceleration: 1/64 g). */
const evenFiles: { name: string; perUnit: number; channels: E4Channel[] }[] = [
  {
    name: 'ACC',
    perUnit: 64,
    channels: [
      { name: 'ACC x', unit: '[g]', signal: 'accX' },
      { name: 'ACC y', unit: '[g]', signal: 'accY' },
      { name: 'ACC z', unit: '[g]', signal: 'accZ' },
    ],
  },
  { name: 'BVP', perUnit: 1, channels: [{ name: 'BVP', unit: '1', signal: 'ppg' }] },
  { name: 'EDA', perUnit: 1, channels: [{ name: 'EDA', unit: 'uS' }] },
  { name: 'HR', perUnit: 1, channels: [{ name: 'HR', unit: '/min', signal: 'heartRate' }] },
  { name: 'TEMP', perUnit: 1, channels: [{ name: 'TEMP', unit: 'Cel', signal: 'skinTemperature' }] },
]
/** Button presses. Some data sets add the subject to the name. */
const tagsName = /^tags.*\.csv(\.gz)?$/i
const annotationRateHz = 1e6
/** More is no interval between two heart beats. */
const longestMillis = signals.rrInterval.max
/** Intervals and button presses are kept in memory: a day has some 100,000 beats. */
const maxEvents = 10_000_000

interface Opened {
  file: E4File
  perUnit: number
  /** Index of its first channel. */
  firstChannel: number
}

/** Whether a folder holds the files of an Empatica E4. */
export async function isE4Folder(path: string): Promise<boolean> {
  const names = await readdir(path)
  return evenFiles.some(({ name }) => fileNamed(names, name) !== undefined)
}

/**
 * Opens a session of an Empatica E4 as its files were exported (some or all gzipped): each channel at its own rate from its
 * own start; IBI as single values at the beats that end them, with gaps where no beats were found; button presses as
 * annotations `tag`. Recorded time 0 is the earliest start. Lost contact is not marked in these files, and not here.
 * @throws RecordingError naming file and line
 */
export async function openE4(path: string): Promise<Recording> {
  const names = await readdir(path)
  const opened: Opened[] = []
  const known: E4Channel[] = []
  for (const { name, perUnit, channels } of evenFiles) {
    const found = fileNamed(names, name)
    if (found === undefined) continue
    opened.push({ file: await measureE4File(join(path, found), channels.length), perUnit, firstChannel: known.length })
    known.push(...channels)
  }
  const start = Math.min(...opened.map(({ file }) => file.startSeconds))
  const channels = opened.flatMap(({ file, firstChannel }) =>
    known.slice(firstChannel, firstChannel + file.columns).map((channel): Channel => {
      const startSeconds = file.startSeconds - start
      return { ...channel, rateHz: file.rateHz, samples: file.rows, ...(startSeconds === 0 ? {} : { startSeconds }) }
    }),
  )
  const ibiName = fileNamed(names, 'IBI')
  const beats = ibiName === undefined ? [] : await readIntervals(join(path, ibiName), start, channels.length)
  const tags = await readTags(path, names.filter((name) => tagsName.test(name)).sort(), start)
  const ends = channels.map(({ startSeconds = 0, samples, rateHz }) => startSeconds + samples / rateHz)
  const durationSeconds = Math.max(...ends, (beats.at(-1)?.atMicros ?? 0) / 1e6)
  const from = opened[0]?.file.path ?? path
  if (durationSeconds > maxRecordedSeconds)
    throw new RecordingError(from, 'start time', `all files within ${maxRecordedSeconds} s`, `${durationSeconds} s`)
  if (Math.abs(start) > 1e11) throw new RecordingError(from, 'start time', 'seconds since 1970', `${start}`)
  const evenChannels = [...channels]
  if (ibiName !== undefined) {
    const samples = beats.length
    channels.push({ name: 'IBI', unit: 'ms', rateHz: 0, samples, signal: 'rrInterval', irregular: true })
  }
  const name = basename(resolve(path))
  return {
    format: 'Empatica E4',
    name,
    startTime: isoTime(Math.round(start * 1e6), 'Z'),
    durationSeconds,
    channels,
    fingerprint: crc32(JSON.stringify([name, start, opened.map(({ file: { rateHz, rows } }) => [rateHz, rows])])),
    annotationRateHz,
    blocks: (seconds) => blocksOf(opened, evenChannels, channels.length, seconds),
    values: async function* () {
      for (const beat of beats) yield await Promise.resolve(beat)
    },
    annotations: () => Promise.resolve(tags),
  }
}

async function* blocksOf(
  opened: Opened[],
  channels: Channel[],
  count: number,
  seconds: number,
): AsyncGenerator<ChannelBlock[]> {
  const readers = opened.map(({ file }) => new E4Reader(file))
  const at = opened.map(() => 0)
  try {
    for (let step = 1; opened.some(({ file }, i) => (at[i] ?? 0) < file.rows); step++) {
      const blocks: ChannelBlock[] = []
      for (const [i, { file, perUnit, firstChannel }] of opened.entries()) {
        const startSample = at[i] ?? 0
        const channel = channels[firstChannel]
        const end = channel ? Math.max(startSample, sampleAt(channel, step * seconds)) : file.rows
        const columns = (await readers[i]?.read(end - startSample)) ?? []
        for (const [column, values] of columns.entries()) {
          if (perUnit !== 1) for (let k = 0; k < values.length; k++) values[k] = (values[k] ?? 0) / perUnit
          blocks.push({ channel: firstChannel + column, startSample, values })
        }
        at[i] = end
      }
      for (let channel = blocks.length; channel < count; channel++)
        blocks.push({ channel, startSample: 0, values: new Float32Array(0) })
      yield blocks
    }
  } finally {
    for (const reader of readers) await reader.close()
  }
}

/** Rows of seconds from the start and interval in seconds; the first line is the start, `IBI`. */
async function readIntervals(path: string, start: number, channel: number): Promise<SingleValue[]> {
  const beats: SingleValue[] = []
  let offset = 0
  await eachLine(path, (line, text) => {
    if (line === 1) {
      offset = numberIn(path, 'start time', text) - start
      return
    }
    const cells = text.split(',')
    if (cells.length !== 2) throw new RecordingError(path, `line ${line}`, 'time and interval', `${cells.length} cells`)
    const seconds = offset + numberOf(path, `line ${line}`, cells[0] ?? '')
    const atMicros = Math.round(seconds * 1e6)
    if (atMicros < (beats.at(-1)?.atMicros ?? 0)) {
      const before = (beats.at(-1)?.atMicros ?? 0) / 1e6
      throw new RecordingError(path, `line ${line} time`, `at least ${before}, as before`, `${seconds}`)
    }
    if (beats.length === maxEvents) throw new RecordingError(path, `line ${line}`, `at most ${maxEvents} rows`, 'more')
    const value = numberOf(path, `line ${line}`, cells[1] ?? '') * 1000
    if (!(value > 0 && value <= longestMillis))
      throw new RecordingError(
        path,
        `line ${line} interval`,
        `above 0, at most ${longestMillis / 1000} s`,
        `${value / 1000}`,
      )
    beats.push({ channel, atMicros, value })
  })
  return beats
}

async function readTags(folder: string, names: string[], start: number): Promise<Annotation[]> {
  const tags: Annotation[] = []
  for (const name of names) {
    const path = join(folder, name)
    await eachLine(path, (line, text) => {
      const seconds = numberIn(path, `line ${line}`, text)
      if (Math.abs(seconds) > 1e11)
        throw new RecordingError(path, `line ${line}`, 'seconds since 1970', JSON.stringify(text.slice(0, 60)))
      if (tags.length === maxEvents) throw new RecordingError(path, `line ${line}`, `at most ${maxEvents} rows`, 'more')
      const sample = Math.round((seconds - start) * annotationRateHz)
      tags.push({ sample, code: 'tag', aux: isoTime(Math.round(seconds * 1e6), 'Z') })
    })
  }
  return tags.sort((a, b) => a.sample - b.sample)
}

async function eachLine(path: string, take: (line: number, text: string) => void): Promise<void> {
  let line = 0
  for await (const lines of textLines(path)) {
    for (const text of lines) {
      line++
      if (text.trim() !== '') take(line, text)
    }
  }
}

function fileNamed(names: string[], name: string): string | undefined {
  return names.find((other) => other === `${name}.csv`) ?? names.find((other) => other === `${name}.csv.gz`)
}

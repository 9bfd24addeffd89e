import type { DataFile } from '../byteSource.ts'
import { openBytes } from '../byteSource.ts'
import type { Annotation } from '../recording.ts'
import { RecordingError } from '../recordingError.ts'
import type { EdfHeader } from './edfHeader.ts'
import type { TimedTexts } from './tal.ts'
import { parseTals } from './tal.ts'

/** Annotations are counted in µs. */
export const annotationRateHz = 1e6

/** Gaps in a discontinuous recording count as its time, as NaN; no longer than this in all, s. */
const maxGapSeconds = 366 * 24 * 3600

/** The lists of each data record, one array an annotations signal, in the order of the file. */
export async function* talsOf(data: DataFile, header: EdfHeader): AsyncGenerator<TimedTexts[][], void, undefined> {
  const { headerBytes, recordBytes, sampleBytes, records } = header
  const signals = header.signals.filter(({ isAnnotations }) => isAnnotations)
  const source = await openBytes(data)
  try {
    for (let record = 0; record < records; record++) {
      const lists: TimedTexts[][] = []
      for (const { byteOffset, samplesPerRecord } of signals) {
        const from = headerBytes + record * recordBytes + byteOffset
        const bytes = await source.read(from, from + samplesPerRecord * sampleBytes)
        lists.push(parseTals(header.file, record, bytes))
      }
      yield lists
    }
  } finally {
    await source.close()
  }
}

/** When the data records begin, s from the header's start time. */
export interface RecordOnsets {
  firstSeconds: number
  /** Of each record, from the first; absent where they follow one another. */
  seconds?: Float64Array
}

/**
 * Reads where the data records lie in time: of a continuous recording the first's fraction of a second, of a discontinuous
 * one all.
 * @throws RecordingError for a record of a discontinuous recording without onset, or that begins before the last has ended
 */
export async function readOnsets(data: DataFile, header: EdfHeader): Promise<RecordOnsets> {
  const isDiscontinuous = header.format.endsWith('+D')
  if (!header.format.includes('+') || header.records === 0) return { firstSeconds: 0 }
  const seconds = new Float64Array(isDiscontinuous ? header.records : 1)
  let record = 0
  for await (const [first] of talsOf(data, header)) {
    const onset = first?.[0]?.texts[0] === '' ? first[0].onsetSeconds : undefined
    const wrong = (expected: string, received: string) =>
      new RecordingError(header.file, `data record ${record} onset`, expected, received)
    if (!isDiscontinuous) return { firstSeconds: onset ?? 0 }
    if (onset === undefined) throw wrong('a time, as the recording is discontinuous', 'none')
    const earliest = record === 0 ? -Infinity : (seconds[record - 1] ?? 0) + header.recordSeconds
    // Onsets are decimals of a few digits.
    if (onset < earliest - 1e-4) throw wrong(`at least ${earliest}, the end of the one before`, `${onset}`)
    seconds[record++] = onset
  }
  const firstSeconds = seconds[0] ?? 0
  for (const [i, onset] of seconds.entries()) seconds[i] = onset - firstSeconds
  if (isDiscontinuous && (seconds.at(-1) ?? 0) - header.records * header.recordSeconds > maxGapSeconds) {
    const last = `${seconds.at(-1) ?? 0} s after the first`
    throw new RecordingError(header.file, 'onset of the last data record', `gaps of at most ${maxGapSeconds} s`, last)
  }
  return isDiscontinuous ? { firstSeconds, seconds } : { firstSeconds }
}

/** All annotations in order of time; the code is the text. */
export async function readAnnotations(data: DataFile, header: EdfHeader, firstSeconds: number): Promise<Annotation[]> {
  const found: Annotation[] = []
  for await (const signals of talsOf(data, header)) {
    for (const { onsetSeconds, durationSeconds, texts } of signals.flat()) {
      const sample = Math.round((onsetSeconds - firstSeconds) * annotationRateHz)
      // Empty texts tell the onset of a record.
      for (const code of texts.filter((text) => text !== ''))
        found.push({ sample, code, ...(durationSeconds === undefined ? {} : { durationSeconds }) })
    }
  }
  return found.sort((a, b) => a.sample - b.sample)
}

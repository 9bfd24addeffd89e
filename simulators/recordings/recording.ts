import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { SignalName } from '../../firmware-bridge/signals.ts'
import { openCapture } from './capture/captureRecording.ts'
import type { ChannelChecksum } from './checksum.ts'
import type { CsvOptions } from './csv/csvOptions.ts'
import { openCsv } from './csv/csv.ts'
import { isE4Folder, openE4 } from './e4/e4Recording.ts'
import { openEdf } from './edf/edfRecording.ts'
import { RecordingError } from './recordingError.ts'
import { maxRateHz } from './recordedTime.ts'
import { openWfdb } from './wfdb/wfdbRecording.ts'

export type { ChannelChecksum } from './checksum.ts'

/** One recorded signal: evenly sampled, or (`irregular`) single values at moments of their own. */
export interface Channel {
  /** As the recording calls it (`MLII`); two channels may have one name. */
  name: string
  /** As the recording calls it (`mV`); `blocks` and `values` give values in this unit. */
  unit: string
  /** 0 for an irregular channel. */
  rateHz: number
  /** Places for samples, missing ones included; the number of values for an irregular channel. */
  samples: number
  /** What it is in our table of signals, where name and unit leave no doubt. */
  signal?: SignalName
  /** Recorded time of the first sample, where it is not 0. */
  startSeconds?: number
  irregular?: true
}

/** Consecutive samples of one channel, in the channel's unit; NaN where the recording holds no valid value. */
export interface ChannelBlock {
  /** Index into `channels`. */
  channel: number
  startSample: number
  values: Float32Array
}

/** A value of an irregular channel. */
export interface SingleValue {
  /** Index into `channels`. */
  channel: number
  /** Recorded time at which it was measured, integer µs; of an interval between beats: the beat that ends it. */
  atMicros: number
  value: number
}

/** A mark that a person, a program or a button put at a moment. */
export interface Annotation {
  /** Counted at the recording's `annotationRateHz` from recorded time 0; a fraction where its file counts more finely. */
  sample: number
  /** WFDB mnemonic (`N`, `V`, `+`, …) or the format's own text. */
  code: string
  subtype?: number
  channel?: number
  num?: number
  /** Free text: a rhythm (`(AFIB`), a comment. */
  aux?: string
  /** EDF+: how long it lasts. */
  durationSeconds?: number
}

/** A recording on disk, opened but not loaded: an hour-long one never has to fit in memory. */
export interface Recording {
  format: string
  name: string
  /** ISO 8601, of recorded time 0; without a zone where the recording names none, absent where it has no date. */
  startTime?: string
  durationSeconds: number
  channels: Channel[]
  /** CRC-32 of what identifies the recording (name and header): the same on every run and every transport. */
  fingerprint: number
  /** In which annotations are counted. */
  annotationRateHz: number
  /**
   * All channels from start to end, in steps of `seconds` of recorded time; each step holds one block a channel, empty
   * where the channel has nothing in it. May be called again, and starts anew. Throws a `RecordingError` where the data
   * ends early.
   */
  blocks(seconds: number): AsyncIterable<ChannelBlock[]>
  /** Values of all irregular channels in order of time; absent where there are no such channels. Starts anew each time. */
  values?(): AsyncIterable<SingleValue>
  /** In order of time; empty where the recording has none. */
  annotations(): Promise<Annotation[]>
  /** Reads everything and sums it up, one entry a channel; only for formats that store integers. */
  checksums?(): Promise<ChannelChecksum[]>
}

export interface OpenOptions {
  /** WFDB: which annotation file (`atr`); by default the first of `atr`, `ecg`, `qrs` that is there. */
  annotator?: string
  /** CSV: what the file does not tell. */
  csv?: CsvOptions
  /** Captures of several boots: which of them, by its boot id. */
  bootId?: number
}

/** Formats by file ending; a new one is one file and one entry. A WFDB record may be given by its bare name. */
const formats: { endings: string[]; open: (path: string, options: OpenOptions) => Promise<Recording> }[] = [
  { endings: ['', '.hea', '.dat', '.dat.gz', '.atr', '.ecg', '.qrs', '.mat'], open: openWfdb },
  { endings: ['.edf', '.edf.gz', '.bdf', '.bdf.gz', '.rec'], open: openEdf },
  { endings: ['.csv', '.csv.gz', '.tsv', '.tsv.gz', '.txt', '.txt.gz', '.out', '.out.gz'], open: openCsv },
  { endings: ['.frames', '.bin', '.jsonl', '.ndjson', '.json', '.capture'], open: openCapture },
]

/**
 * Opens a recording: a WFDB record (`mitdb/100`, with or without `.hea`), an EDF or BDF file, a CSV file, the folder of an
 * Empatica E4, a capture of a line or a file of frames.
 * Rejects with a `RecordingError` that names file and field where it cannot be read.
 */
export async function openRecording(path: string, options: OpenOptions = {}): Promise<Recording> {
  const recording = await opened(path, options)
  for (const [i, { name, rateHz, irregular }] of recording.channels.entries()) {
    if (irregular || (rateHz > 0 && rateHz <= maxRateHz)) continue
    throw new RecordingError(path, `channel ${i} (${name}) rate`, `above 0, at most ${maxRateHz} Hz`, `${rateHz}`)
  }
  return recording
}

async function opened(path: string, options: OpenOptions): Promise<Recording> {
  if ((await isFolder(path)) && !(await exists(`${path}.hea`))) return openFolder(path, options)
  const ending = /(\.[a-z]+)?(\.gz)?$/.exec(basename(path).toLowerCase())?.[0] ?? ''
  // A file without an ending is no record name: those stand for several files.
  if (ending === '' && (await exists(path)) && !(await exists(`${path}.hea`))) return openCapture(path, options)
  const format = formats.find(({ endings }) => endings.includes(ending))
  if (format) return format.open(path, options)
  const known = formats.flatMap(({ endings }) => endings.filter((other) => other !== '')).join(', ')
  throw new RecordingError(path, 'file name', `a folder, a WFDB record name or one of ${known}`, `"${ending}"`)
}

async function openFolder(path: string, options: OpenOptions): Promise<Recording> {
  if (await isE4Folder(path)) return openE4(path)
  const record = join(path, basename(path))
  if (await exists(`${record}.hea`)) return openWfdb(record, options)
  throw new RecordingError(path, 'folder', 'an Empatica E4 folder (ACC.csv, BVP.csv, …)', 'none of its files')
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

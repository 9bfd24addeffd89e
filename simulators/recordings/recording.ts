import { basename } from 'node:path'
import type { SignalName } from '../../firmware-bridge/signals.ts'
import type { CsvOptions } from './csv.ts'
import { openCsv } from './csv.ts'
import { RecordingError } from './recordingError.ts'
import { openWfdb } from './wfdb/wfdbRecording.ts'

/** One recorded signal, evenly sampled. */
export interface Channel {
  /** As the recording calls it (`MLII`). */
  name: string
  /** As the recording calls it (`mV`); `blocks` gives values in this unit. */
  unit: string
  rateHz: number
  samples: number
  /** What it is in our table of signals, where name and unit leave no doubt. */
  signal?: SignalName
}

/** Consecutive samples of one channel, in the channel's unit; NaN where the recording holds no valid value. */
export interface ChannelBlock {
  /** Index into `channels`. */
  channel: number
  startSample: number
  values: Float32Array
}

/** A mark that a person or a program put at a sample. */
export interface Annotation {
  /** Counted at the recording's annotation rate: `rateHz` of the first channel for WFDB. */
  sample: number
  /** WFDB mnemonic (`N`, `V`, `+`, …) or the format's own text. */
  code: string
  subtype?: number
  channel?: number
  num?: number
  /** Free text: a rhythm (`(AFIB`), a comment. */
  aux?: string
}

/** Sum of all stored samples of a channel, modulo 2^16, as a signed number (WFDB `header(5)`). */
export interface ChannelChecksum {
  checksum: number
  /** What the recording says it should be; absent where it says nothing. */
  stated?: number
  firstSample?: number
  statedFirstSample?: number
}

/** A recording on disk, opened but not loaded: an hour-long one never has to fit in memory. */
export interface Recording {
  format: string
  name: string
  /** ISO 8601; without a zone where the recording names none, absent where it has no date. */
  startTime?: string
  durationSeconds: number
  channels: Channel[]
  /** CRC-32 of what identifies the recording (name and header): the same on every run and every transport. */
  fingerprint: number
  /**
   * All channels from start to end, in steps of `seconds` of recorded time; each step holds one block a channel. May be
   * called again, and starts anew. Throws a `RecordingError` where the data ends early.
   */
  blocks(seconds: number): AsyncIterable<ChannelBlock[]>
  /** In order of time; empty where the recording has none. */
  annotations(): Promise<Annotation[]>
  /** Reads everything and sums it up, one entry a channel; only for formats that store integers. */
  checksums?(): Promise<ChannelChecksum[]>
}

export interface OpenOptions {
  /** WFDB: which annotation file (`atr`); by default the first of `atr`, `ecg`, `qrs` that is there. */
  annotator?: string
  /** CSV: needed, as the file itself does not tell rate and units. */
  csv?: CsvOptions
}

/** Formats by file ending; a new one is one file and one entry. A WFDB record may be given by its bare name. */
const formats: { endings: string[]; open: (path: string, options: OpenOptions) => Promise<Recording> }[] = [
  { endings: ['', '.hea', '.dat', '.atr', '.mat'], open: openWfdb },
  { endings: ['.csv', '.csv.gz', '.txt', '.txt.gz'], open: openCsv },
]

/**
 * Opens a recording: a WFDB record (`mitdb/100`, with or without `.hea`) or a CSV file with a column mapping.
 * Rejects with a `RecordingError` that names file and field where it cannot be read.
 */
export async function openRecording(path: string, options: OpenOptions = {}): Promise<Recording> {
  const ending = /(\.[a-z]+)?(\.gz)?$/.exec(basename(path).toLowerCase())?.[0] ?? ''
  const format = formats.find(({ endings }) => endings.includes(ending))
  if (format) return format.open(path, options)
  const known = formats.flatMap(({ endings }) => endings.filter((other) => other !== '')).join(', ')
  throw new RecordingError(path, 'file name', `a WFDB record name or one of ${known}`, `"${ending}"`)
}

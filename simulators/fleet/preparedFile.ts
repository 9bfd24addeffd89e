import { open } from 'node:fs/promises'
import { cobsDecode } from '../../firmware-bridge/cobs.ts'
import { decodeFrame } from '../../firmware-bridge/frame.ts'
import { crcBytes } from '../../firmware-bridge/frameLimits.ts'
import type { WireRecord } from '../../firmware-bridge/records.ts'
import { microsPerSecond } from '../timedRecord.ts'

/** A frame made beforehand, unstuffed. */
export interface PreparedFrame {
  record: WireRecord
  /** Header and payload, without the CRC. */
  content: Uint8Array
  /** Stream time at which it is due. */
  atMicros: number
}

/** What one device sent, from its first tick to its last. */
export interface PreparedStream {
  /** Frames that are due at the same moment, together. */
  moments: { atMicros: number; frames: PreparedFrame[]; samples: number }[]
  firstSequence: number
  /** Sequence numbers, and time in µs, after which it can begin anew. */
  sequences: number
  lengthMicros: number
}

/** The whole file is kept in memory. */
const largestFile = 1 << 28

/** A file that is not a stream of whole frames, or too large. */
export class PreparedFileError extends Error {
  override name = 'PreparedFileError'
}

/**
 * Reads a file of frames (as `simulate … --to file:` writes it), one stream a boot id in order of appearance. Rejects with a
 * `PreparedFileError` that names the place of what is wrong.
 */
export async function readPreparedFile(path: string): Promise<PreparedStream[]> {
  return preparedStreams(path, await readBounded(path))
}

async function readBounded(path: string): Promise<Uint8Array> {
  const failed = (error: NodeJS.ErrnoException) => {
    throw new PreparedFileError(`${path}: expected a readable file, received ${error.code ?? error.message}`)
  }
  const handle = await open(path).catch(failed)
  try {
    const { size } = await handle.stat()
    if (size > largestFile)
      throw new PreparedFileError(`${path}: expected at most ${largestFile} bytes of frames, received ${size}`)
    return await handle.readFile().catch(failed)
  } finally {
    await handle.close()
  }
}

/** Takes the bytes of such a file apart; `file` is for the messages. Throws a `PreparedFileError`. */
export function preparedStreams(file: string, bytes: Uint8Array): PreparedStream[] {
  const byBoot = new Map<number, PreparedFrame[]>()
  for (let start = 0; start < bytes.length;) {
    const delimiter = bytes.indexOf(0, start)
    const end = delimiter < 0 ? bytes.length : delimiter
    if (end > start) {
      const frame = preparedFrame(file, bytes.subarray(start, end), start)
      const frames = byBoot.get(frame.record.bootId)
      if (frames) frames.push(frame)
      else byBoot.set(frame.record.bootId, [frame])
    }
    start = end + 1
  }
  const streams = [...byBoot.values()].flatMap((frames) => preparedStream(frames) ?? [])
  if (streams.length === 0) throw new PreparedFileError(`${file}: expected frames with samples, received none`)
  return streams
}

function preparedFrame(file: string, encoded: Uint8Array, at: number): PreparedFrame {
  const record = decodeFrame(encoded)
  if (record.kind === 'fault')
    throw new PreparedFileError(`${file}: byte ${at}: expected a frame, received ${record.reason}: ${record.detail}`)
  const unstuffed = new Uint8Array(encoded.length)
  const length = cobsDecode(encoded, 0, encoded.length, unstuffed)
  return { record, content: unstuffed.slice(0, length - crcBytes), atMicros: endOf(record) }
}

/** When a record can be sent: samples once the last of them is there. */
function endOf(record: WireRecord): number {
  const microsLong = record.kind === 'samples' ? (record.values.length / record.rateHz) * microsPerSecond : 0
  return record.tick + Math.round(microsLong)
}

function preparedStream(all: readonly PreparedFrame[]): PreparedStream | undefined {
  const first = all[0]
  if (!first || !all.some(({ record }) => record.kind === 'samples')) return undefined
  const isEnd = ({ record }: PreparedFrame) => record.kind === 'event' && record.code === 'session-end'
  // The end is not the end where it begins anew.
  const frames = all.filter((frame) => !isEnd(frame)).sort((a, b) => a.atMicros - b.atMicros)
  const moments: PreparedStream['moments'] = []
  for (const frame of frames) {
    let moment = moments.at(-1)
    if (moment?.atMicros !== frame.atMicros)
      moments.push((moment = { atMicros: frame.atMicros, frames: [], samples: 0 }))
    moment.frames.push(frame)
    if (frame.record.kind === 'samples') moment.samples += frame.record.values.length
  }
  const sequences = frames.map(({ record }) => record.sequence)
  const firstSequence = Math.min(...extremes(sequences))
  return {
    moments,
    firstSequence,
    sequences: Math.max(...extremes(sequences)) - firstSequence + 1,
    lengthMicros: Math.max(...extremes(all.map(({ atMicros }) => atMicros))),
  }
}

/** Smallest and largest, without spreading a long list over the stack. */
function extremes(values: readonly number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity]
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return [low, high]
}

import { basename, dirname, join } from 'node:path'
import { findDataFile } from '../byteSource.ts'
import type { ChannelChecksum } from '../checksum.ts'
import { addToChecksum } from '../checksum.ts'
import { RecordingError } from '../recordingError.ts'
import type { WfdbHeader, WfdbSignal } from './header.ts'
import { findSampleFormat } from './sampleFormats.ts'
import type { FileMember, SignalFile } from './signalFile.ts'
import { SignalFileReader, framesIn } from './signalFile.ts'

/** Name of the file of a signal that is not there (a "null signal"). */
const noFile = '~'
/** Samples that are read ahead of a step at most, to undo skew. */
const maxAheadSamples = 1 << 22
/** How much is read at once when only sums are wanted. */
const checksumSamples = 1 << 16

/** A record of one segment: its header and its signal files, which hold as many frames as the header says. */
export interface Segment {
  header: WfdbHeader
  files: SignalFile[]
  frames: number
}

/**
 * Finds the signal files of a header (also as `.gz`) and holds their sizes against it.
 * @throws RecordingError for a signal that cannot be read, a file that is not there or too short.
 */
export async function openSegment(header: WfdbHeader): Promise<Segment> {
  const files = await signalFiles(header)
  let held = files.length === 0 ? 0 : Infinity
  for (const file of files) {
    const frames = framesIn(file)
    if (file.byteOffset > file.data.bytes) {
      const field = `byte offset in ${basename(file.data.path)}`
      throw new RecordingError(header.file, field, `at most its ${file.data.bytes} bytes`, `${file.byteOffset}`)
    }
    if (header.frames !== undefined && frames < header.frames) {
      const samples = `${header.frames} samples a signal (number of samples in ${basename(header.file)})`
      throw new RecordingError(file.data.path, 'size', samples, `${frames} (${file.data.bytes} bytes)`)
    }
    held = Math.min(held, frames)
  }
  for (const file of files) {
    const ahead = longestSkew(file)
    if (ahead * file.frameSamples > maxAheadSamples) {
      const most = Math.floor(maxAheadSamples / file.frameSamples)
      throw new RecordingError(header.file, `skew in ${basename(file.data.path)}`, `at most ${most} frames`, `${ahead}`)
    }
  }
  return { header, files, frames: header.frames ?? held }
}

/** Reads a segment from front to back. Close it after use. */
export class SegmentReader {
  readonly #segment: Segment
  readonly #readers: SignalFileReader[] = []

  private constructor(segment: Segment) {
    this.#segment = segment
  }

  static async open(segment: Segment): Promise<SegmentReader> {
    const reader = new SegmentReader(segment)
    try {
      for (const file of segment.files) reader.#readers.push(await SignalFileReader.open(file))
    } catch (error) {
      await reader.close()
      throw error
    }
    return reader
  }

  /**
   * Values of frames `from` (where the call before ended) to `to`, one array a signal, in the signal's unit, without skew.
   * NaN where there is no value, and at the end of a skewed signal.
   */
  async read(from: number, to: number): Promise<Float32Array[]> {
    const { header, files } = this.#segment
    const values = header.signals.map(({ samplesPerFrame }) => {
      return new Float32Array((to - from) * samplesPerFrame).fill(NaN)
    })
    for (const [f, file] of files.entries()) {
      const ahead = Math.max(0, Math.min(longestSkew(file), framesIn(file) - to))
      const stored = await this.#readers[f]?.read(from, to, ahead)
      for (const member of file.members) {
        const out = values[member.signal]
        const signal = header.signals[member.signal]
        if (stored && out && signal) toPhysical(stored, file, member, signal, out)
      }
    }
    return values
  }

  /** Sums of the values as they are stored, skew and all: what `header(5)` states. */
  async checksums(): Promise<ChannelChecksum[]> {
    const { header, files, frames } = this.#segment
    const sums = header.signals.map((signal): ChannelChecksum => {
      // A null signal has neither samples nor a sum.
      if (signal.file === noFile) return { checksum: 0 }
      const { checksum: stated, initialValue: statedFirstSample } = signal
      return {
        checksum: 0,
        file: header.file,
        ...(stated === undefined ? {} : { stated }),
        ...(statedFirstSample === undefined ? {} : { statedFirstSample }),
      }
    })
    for (const [f, file] of files.entries()) {
      const step = Math.max(1, Math.floor(checksumSamples / file.frameSamples))
      for (let from = 0; from < frames; from += step) {
        const stored = await this.#readers[f]?.read(from, Math.min(frames, from + step), 0)
        if (stored) addFrames(sums, stored, file)
      }
    }
    return sums
  }

  async close(): Promise<void> {
    for (const reader of this.#readers) await reader.close()
  }
}

function toPhysical(
  stored: Int32Array,
  { format, frameSamples }: SignalFile,
  { firstInFrame, samplesPerFrame, skewFrames }: FileMember,
  { gain, baseline }: WfdbSignal,
  out: Float32Array,
): void {
  let next = 0
  for (let frame = firstInFrame + skewFrames * frameSamples; frame < stored.length; frame += frameSamples) {
    if (next === out.length) return
    for (let i = 0; i < samplesPerFrame; i++) {
      const raw = stored[frame + i] ?? 0
      out[next++] = raw === format.invalid ? NaN : (raw - baseline) / gain
    }
  }
}

function addFrames(sums: ChannelChecksum[], stored: Int32Array, file: SignalFile): void {
  for (const { signal, firstInFrame, samplesPerFrame } of file.members) {
    const sum = sums[signal]
    if (!sum) continue
    sum.firstSample ??= stored[firstInFrame] ?? 0
    for (let frame = firstInFrame; frame < stored.length; frame += file.frameSamples)
      sum.checksum = addToChecksum(sum.checksum, stored.subarray(frame, frame + samplesPerFrame))
  }
}

function longestSkew({ members }: SignalFile): number {
  return Math.max(...members.map(({ skewFrames }) => skewFrames))
}

/** Groups the signals by the file they lie in, in the order of the header. */
async function signalFiles(header: WfdbHeader): Promise<SignalFile[]> {
  const folder = dirname(header.file)
  const files: SignalFile[] = []
  const byName = new Map<string, SignalFile>()
  let previous: string | undefined
  for (const [index, signal] of header.signals.entries()) {
    const wrong = (field: string, expected: string, received: string) =>
      new RecordingError(header.file, `signal ${index} ${field}`, expected, received)
    if (signal.file === noFile && signal.format === 0) continue
    if (signal.file !== basename(signal.file) || signal.file === noFile || signal.file === '-')
      throw wrong('file name', 'a file beside the header', signal.file)
    const format = findSampleFormat(header.file, index, signal.format, signal.file)
    const { byteOffset, samplesPerFrame, skewFrames, initialValue = signal.adcZero } = signal
    let file = byName.get(signal.file)
    if (!file) {
      const data = await findDataFile(join(folder, signal.file))
      if (!data)
        throw new RecordingError(
          header.file,
          'file name',
          'an existing signal file',
          `${signal.file}, which is not there`,
        )
      file = { data, format, byteOffset, members: [], frameSamples: 0 }
      files.push(file)
      byName.set(signal.file, file)
    } else if (previous !== signal.file) throw wrong('file name', 'signals of one file in a row', signal.file)
    else if (file.format !== format) throw wrong('format', `${file.format.code}, as others in it`, `${format.code}`)
    else if (file.byteOffset !== byteOffset)
      throw wrong('byte offset', `${file.byteOffset}, as others in the file`, `${byteOffset}`)
    file.members.push({ signal: index, firstInFrame: file.frameSamples, samplesPerFrame, skewFrames, initialValue })
    file.frameSamples += samplesPerFrame
    previous = signal.file
  }
  return files
}

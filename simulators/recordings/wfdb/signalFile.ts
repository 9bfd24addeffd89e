import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { RecordingError } from '../recordingError.ts'
import type { SampleFormat } from './sampleFormat.ts'
import { bytesFor, samplesIn } from './sampleFormat.ts'

/** A signal file: interleaved samples of one or more signals, read by position. */
export interface SignalFile {
  path: string
  format: SampleFormat
  byteOffset: number
  /** Signals in this file, as indices into the header's, each with its place in the frame. */
  members: { signal: number; firstInFrame: number; samplesPerFrame: number }[]
  /** Samples of all members in one frame. */
  frameSamples: number
}

/** Whole frames that a file of this many bytes holds. */
export function framesIn(file: SignalFile, fileBytes: number): number {
  return Math.floor(samplesIn(file.format, Math.max(0, fileBytes - file.byteOffset)) / file.frameSamples)
}

/** Reads frames of one signal file; keeps its buffers between calls. Close it after use. */
export class SignalFileReader {
  private bytes = new Uint8Array(0)
  private samples = new Int32Array(0)
  private readonly file: SignalFile
  private readonly handle: FileHandle

  private constructor(file: SignalFile, handle: FileHandle) {
    this.file = file
    this.handle = handle
  }

  static async open(file: SignalFile): Promise<SignalFileReader> {
    return new SignalFileReader(file, await open(file.path, 'r'))
  }

  /**
   * Stored values of frames `from` to `to` (exclusive), interleaved as in the file. The array is reused: valid until the
   * next call. Throws a `RecordingError` where the file ends early.
   */
  async read(from: number, to: number): Promise<Int32Array> {
    const { format, frameSamples, byteOffset, path } = this.file
    const firstSample = from * frameSamples
    // A frame may begin inside a group: unpack from the group's start and leave the first samples out.
    const lead = firstSample % format.groupSamples
    const start = byteOffset + ((firstSample - lead) / format.groupSamples) * format.groupBytes
    const count = lead + (to - from) * frameSamples
    const length = bytesFor(format, count)
    if (this.bytes.length < length) this.bytes = new Uint8Array(length)
    if (this.samples.length < count) this.samples = new Int32Array(count)
    let filled = 0
    while (filled < length) {
      const { bytesRead } = await this.handle.read(this.bytes, filled, length - filled, start + filled)
      if (bytesRead === 0) {
        throw new RecordingError(path, 'size', `at least ${start + length} bytes`, `${start + filled}`)
      }
      filled += bytesRead
    }
    format.unpack(this.bytes, count, this.samples)
    return this.samples.subarray(lead, count)
  }

  async close(): Promise<void> {
    await this.handle.close()
  }
}

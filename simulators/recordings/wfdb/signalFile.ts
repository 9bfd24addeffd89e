import type { ByteSource, DataFile } from '../byteSource.ts'
import { openBytes } from '../byteSource.ts'
import { RecordingError } from '../recordingError.ts'
import type { SampleFormat } from './sampleFormat.ts'
import { bytesFor, samplesIn } from './sampleFormat.ts'

/** A signal file: interleaved samples of one or more signals. */
export interface SignalFile {
  data: DataFile
  format: SampleFormat
  byteOffset: number
  /** Signals in this file, as indices into the header's, each with its place in the frame. */
  members: FileMember[]
  /** Samples of all members in one frame. */
  frameSamples: number
}

export interface FileMember {
  signal: number
  firstInFrame: number
  samplesPerFrame: number
  /** Its sample 0 lies so many frames further on in the file. */
  skewFrames: number
  /** What the first difference adds to, in a format of differences. */
  initialValue: number
}

/** Whole frames that a file holds. */
export function framesIn({ format, byteOffset, frameSamples, data }: SignalFile): number {
  return Math.floor(samplesIn(format, Math.max(0, data.bytes - byteOffset)) / frameSamples)
}

/** Reads frames of one signal file from front to back; keeps its buffers between calls. Close it after use. */
export class SignalFileReader {
  #samples = new Int32Array(0)
  readonly #file: SignalFile
  readonly #source: ByteSource
  /** For a format of differences: the value of each member before `#summedTo`, a frame. */
  readonly #sums: Int32Array
  #summedTo = 0

  private constructor(file: SignalFile, source: ByteSource) {
    this.#file = file
    this.#source = source
    this.#sums = Int32Array.from(file.members, ({ initialValue }) => initialValue)
  }

  static async open(file: SignalFile): Promise<SignalFileReader> {
    return new SignalFileReader(file, await openBytes(file.data))
  }

  /**
   * Stored values of frames `from` to `to` (exclusive), and of up to `ahead` further ones, interleaved as in the file.
   * `from` is where the call before had its `to` (0 at first). The array is valid until the next call. Throws a
   * `RecordingError` where the file ends early.
   */
  async read(from: number, to: number, ahead: number): Promise<Int32Array> {
    const { format, frameSamples, byteOffset, data } = this.#file
    const firstSample = from * frameSamples
    // A frame may begin inside a group: unpack from the group's start and leave the first samples out.
    const lead = firstSample % format.groupSamples
    const start = byteOffset + ((firstSample - lead) / format.groupSamples) * format.groupBytes
    const count = lead + (to + ahead - from) * frameSamples
    const length = bytesFor(format, count)
    if (this.#samples.length < count) this.#samples = new Int32Array(count)
    const bytes = await this.#source.read(start, start + length)
    if (bytes.length < length)
      throw new RecordingError(data.path, 'size', `at least ${start + length} bytes`, `${start + bytes.length}`)
    format.unpack(bytes, count, this.#samples)
    const samples = this.#samples.subarray(lead, count)
    if (format.differences) this.#sum(samples, from, to)
    return samples
  }

  /** Turns differences into values; remembers those at `to`, where the next call begins. */
  #sum(samples: Int32Array, from: number, to: number): void {
    const { members, frameSamples } = this.#file
    if (from !== this.#summedTo)
      throw new RangeError(`frames: expected to be read in a row from ${this.#summedTo}, received ${from}`)
    this.#summedTo = to
    const next = (to - from) * frameSamples
    for (const [i, { firstInFrame, samplesPerFrame }] of members.entries()) {
      let value = this.#sums[i] ?? 0
      for (let frame = 0; frame < samples.length; frame += frameSamples) {
        if (frame === next) this.#sums[i] = value
        for (let at = frame + firstInFrame; at < frame + firstInFrame + samplesPerFrame; at++)
          samples[at] = value = (value + (samples[at] ?? 0)) | 0
      }
      if (next === samples.length) this.#sums[i] = value
    }
  }

  close(): Promise<void> {
    return this.#source.close()
  }
}

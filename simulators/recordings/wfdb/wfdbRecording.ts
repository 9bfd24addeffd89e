import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { signalOfChannel } from '../channelSignal.ts'
import type { Annotation, Channel, ChannelBlock, ChannelChecksum, OpenOptions, Recording } from '../recording.ts'
import { RecordingError } from '../recordingError.ts'
import { parseAnnotations } from './annotations.ts'
import type { WfdbHeader } from './header.ts'
import { parseHeader } from './header.ts'
import { findSampleFormat } from './sampleFormats.ts'
import type { SignalFile } from './signalFile.ts'
import { SignalFileReader, framesIn } from './signalFile.ts'

const defaultAnnotators = ['atr', 'ecg', 'qrs']
/** How much of a record is read at once when only sums are wanted. */
const checksumStepSeconds = 10

/**
 * Opens a WFDB record by its name or the path of its header (`header(5)`, `signal(5)`, `annot(5)` of the WFDB Applications
 * Guide, https://physionet.org/physiotools/wag/).
 * @throws RecordingError for a header, signal file or annotation file that cannot be what it says.
 */
export async function openWfdb(path: string, options: OpenOptions = {}): Promise<Recording> {
  const base = path.replace(/\.(hea|dat|atr|mat)$/i, '')
  const headerPath = `${base}.hea`
  const headerBytes = await readFileOf(headerPath, 'header')
  const header = parseHeader(headerPath, new TextDecoder().decode(headerBytes))
  const files = signalFiles(header)
  const frames = await frameCount(header, files)
  return new WfdbRecording(base, header, headerBytes, files, frames, options)
}

class WfdbRecording implements Recording {
  readonly format = 'WFDB'
  readonly name: string
  readonly startTime?: string
  readonly durationSeconds: number
  readonly channels: Channel[]
  readonly fingerprint: number
  private readonly base: string
  private readonly header: WfdbHeader
  private readonly files: SignalFile[]
  private readonly frames: number
  private readonly annotator: string | undefined

  constructor(
    base: string,
    header: WfdbHeader,
    headerBytes: Uint8Array,
    files: SignalFile[],
    frames: number,
    options: OpenOptions,
  ) {
    this.base = base
    this.header = header
    this.files = files
    this.frames = frames
    this.annotator = options.annotator
    this.name = header.record
    if (header.startTime !== undefined) this.startTime = header.startTime
    this.durationSeconds = frames / header.frameRateHz
    this.fingerprint = crc32(headerBytes, crc32(header.record))
    this.channels = header.signals.map((signal) => {
      const known = signalOfChannel(signal.description, signal.unit)
      return {
        name: signal.description,
        unit: signal.unit,
        rateHz: header.frameRateHz * signal.samplesPerFrame,
        samples: frames * signal.samplesPerFrame,
        ...(known === undefined ? {} : { signal: known }),
      }
    })
  }

  async *blocks(seconds: number): AsyncGenerator<ChannelBlock[]> {
    for await (const { from, stored } of this.storedFrames(seconds)) {
      const blocks: ChannelBlock[] = []
      for (const [f, file] of this.files.entries()) {
        const values = stored[f] ?? new Int32Array(0)
        for (const member of file.members) {
          blocks[member.signal] = {
            channel: member.signal,
            startSample: from * member.samplesPerFrame,
            values: this.physical(file, member, values),
          }
        }
      }
      yield blocks
    }
  }

  async annotations(): Promise<Annotation[]> {
    if (this.annotator !== undefined) {
      const file = `${this.base}.${this.annotator}`
      return parseAnnotations(file, await readFileOf(file, 'annotator'))
    }
    for (const annotator of defaultAnnotators) {
      const file = `${this.base}.${annotator}`
      if (await exists(file)) return parseAnnotations(file, await readFile(file))
    }
    return []
  }

  async checksums(): Promise<ChannelChecksum[]> {
    const sums: ChannelChecksum[] = this.header.signals.map(({ checksum, initialValue }) => ({
      checksum: 0,
      ...(checksum === undefined ? {} : { stated: checksum }),
      ...(initialValue === undefined ? {} : { statedFirstSample: initialValue }),
    }))
    for await (const { stored } of this.storedFrames(checksumStepSeconds)) {
      for (const [f, file] of this.files.entries()) {
        const values = stored[f] ?? new Int32Array(0)
        for (const { signal, firstInFrame, samplesPerFrame } of file.members) {
          const sum = sums[signal]
          if (!sum) continue
          sum.firstSample ??= values[firstInFrame] ?? 0
          for (let frame = firstInFrame; frame < values.length; frame += file.frameSamples) {
            for (let i = 0; i < samplesPerFrame; i++)
              sum.checksum = ((sum.checksum + (values[frame + i] ?? 0)) << 16) >> 16
          }
        }
      }
    }
    return sums
  }

  /** Stored values of every signal file in steps of whole frames; the arrays are reused from step to step. */
  private async *storedFrames(seconds: number): AsyncGenerator<{ from: number; stored: Int32Array[] }> {
    const framesPerStep = Math.max(1, Math.round(seconds * this.header.frameRateHz))
    const readers: SignalFileReader[] = []
    try {
      for (const file of this.files) readers.push(await SignalFileReader.open(file))
      for (let from = 0; from < this.frames && readers.length > 0; from += framesPerStep) {
        const to = Math.min(this.frames, from + framesPerStep)
        yield { from, stored: await Promise.all(readers.map((reader) => reader.read(from, to))) }
      }
    } finally {
      for (const reader of readers) await reader.close()
    }
  }

  private physical(file: SignalFile, member: SignalFile['members'][number], stored: Int32Array): Float32Array {
    const { gain, baseline } = this.header.signals[member.signal] ?? { gain: 1, baseline: 0 }
    const { frameSamples, format } = file
    const { samplesPerFrame, firstInFrame } = member
    const values = new Float32Array((stored.length / frameSamples) * samplesPerFrame)
    let next = 0
    for (let frame = firstInFrame; frame < stored.length; frame += frameSamples) {
      for (let i = 0; i < samplesPerFrame; i++) {
        const raw = stored[frame + i] ?? format.invalid
        values[next++] = raw === format.invalid ? NaN : (raw - baseline) / gain
      }
    }
    return values
  }
}

/** Groups the signals by the file they lie in, in the order of the header. */
function signalFiles(header: WfdbHeader): SignalFile[] {
  const folder = dirname(header.file)
  const files: SignalFile[] = []
  for (const [index, signal] of header.signals.entries()) {
    if (signal.skewFrames !== 0) {
      throw new RecordingError(header.file, `signal ${index} skew`, '0', `${signal.skewFrames} (not supported)`)
    }
    if (signal.file !== basename(signal.file) || signal.file === '~' || signal.file === '-') {
      throw new RecordingError(header.file, `signal ${index} file name`, 'a file beside the header', signal.file)
    }
    const format = findSampleFormat(header.file, index, signal.format)
    const path = join(folder, signal.file)
    let file = files.at(-1)
    if (file?.path !== path) {
      if (files.some((other) => other.path === path)) {
        throw new RecordingError(header.file, `signal ${index} file name`, 'signals of one file in a row', signal.file)
      }
      file = { path, format, byteOffset: signal.byteOffset, members: [], frameSamples: 0 }
      files.push(file)
    } else if (file.format !== format) {
      throw new RecordingError(
        header.file,
        `signal ${index} format`,
        `${file.format.code}, as others in it`,
        `${format.code}`,
      )
    }
    file.members.push({ signal: index, firstInFrame: file.frameSamples, samplesPerFrame: signal.samplesPerFrame })
    file.frameSamples += signal.samplesPerFrame
  }
  return files
}

/** Frames in the record: what the header says, if the files hold as many; what the shortest file holds otherwise. */
async function frameCount(header: WfdbHeader, files: SignalFile[]): Promise<number> {
  let held = files.length === 0 ? 0 : Infinity
  for (const file of files) {
    const size = await stat(file.path).then(
      ({ size }) => size,
      () => {
        throw new RecordingError(
          header.file,
          'file name',
          'an existing signal file',
          `${file.path}, which is not there`,
        )
      },
    )
    const frames = framesIn(file, size)
    if (header.frames !== undefined && frames < header.frames) {
      const samples = `${header.frames} samples a signal (number of samples in ${basename(header.file)})`
      throw new RecordingError(file.path, 'size', samples, `${frames} (${size} bytes)`)
    }
    held = Math.min(held, frames)
  }
  return files.length === 0 ? (header.frames ?? 0) : (header.frames ?? held)
}

async function readFileOf(file: string, field: string): Promise<Uint8Array> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new RecordingError(file, field, 'a readable file', (error as NodeJS.ErrnoException).code ?? String(error))
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  )
}

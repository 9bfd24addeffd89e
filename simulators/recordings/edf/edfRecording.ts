import { basename } from 'node:path'
import { crc32 } from 'node:zlib'
import type { DataFile } from '../byteSource.ts'
import { needDataFile, openBytes } from '../byteSource.ts'
import { signalOfChannel } from '../channelSignal.ts'
import type { ChannelChecksum } from '../checksum.ts'
import { addToChecksum } from '../checksum.ts'
import type { Channel, ChannelBlock, Recording } from '../recording.ts'
import { isoTime } from '../recordedTime.ts'
import { RecordingError } from '../recordingError.ts'
import { StepCutter } from '../stepCutter.ts'
import type { RecordOnsets } from './edfAnnotations.ts'
import { annotationRateHz, readAnnotations, readOnsets } from './edfAnnotations.ts'
import type { EdfHeader, EdfSignal } from './edfHeader.ts'
import { fixedHeaderBytes, parseEdfHeader, statedHeaderBytes } from './edfHeader.ts'

/** How much is read at once, where a data record is smaller. */
const readBytes = 1 << 16

/**
 * Opens an EDF, EDF+, BDF or BDF+ file, also gzipped. Recorded time 0 is the start of the first data record. In a
 * discontinuous recording the gaps are NaN, and a record begins at the sample nearest to its onset.
 * @throws RecordingError naming file and field, also where the file is not as long as its header says.
 */
export async function openEdf(path: string): Promise<Recording> {
  const data = await needDataFile(path)
  const bytes = await headerOf(data)
  const header = parseEdfHeader(data.path, bytes, data.bytes)
  const onsets = await readOnsets(data, header)
  const { firstSeconds } = onsets
  const stored = header.signals.filter(({ isAnnotations }) => !isAnnotations)
  const channels = stored.map((signal) => channelOf(header, signal, onsets))
  const annotations = () => readAnnotations(data, header, firstSeconds)
  let durationSeconds = (onsets.seconds?.at(-1) ?? (header.records - 1) * header.recordSeconds) + header.recordSeconds
  if (header.records === 0) durationSeconds = 0
  if (channels.length === 0)
    for (const { sample, durationSeconds: length = 0 } of await annotations())
      durationSeconds = Math.max(durationSeconds, sample / annotationRateHz + length)
  const startMicros = header.startMicros === undefined ? undefined : header.startMicros + Math.round(firstSeconds * 1e6)
  const name = basename(path).replace(/\.(edf|bdf|rec)(\.gz)?$/i, '')
  return {
    format: header.format,
    name,
    ...(startMicros === undefined ? {} : { startTime: isoTime(startMicros, '') }),
    durationSeconds,
    channels,
    fingerprint: crc32(bytes, crc32(name)),
    annotationRateHz,
    blocks: (seconds) => blocksOf(data, header, stored, channels, onsets, seconds),
    annotations,
    checksums: () => checksumsOf(data, header, stored),
  }
}

async function headerOf(data: DataFile): Promise<Uint8Array> {
  const source = await openBytes(data)
  try {
    const length = statedHeaderBytes(data.path, await source.read(0, fixedHeaderBytes))
    return (await source.read(0, length)).slice()
  } finally {
    await source.close()
  }
}

function channelOf(header: EdfHeader, { label, unit, samplesPerRecord }: EdfSignal, onsets: RecordOnsets): Channel {
  const rateHz = samplesPerRecord / header.recordSeconds
  const last = header.records - 1
  const samples = last < 0 ? 0 : firstSample(last, samplesPerRecord, rateHz, onsets) + samplesPerRecord
  const signal = signalOfChannel(label, unit, rateHz)
  return { name: label, unit, rateHz, samples, ...(signal === undefined ? {} : { signal }) }
}

/** Where a data record begins in a channel. */
function firstSample(record: number, samplesPerRecord: number, rateHz: number, { seconds }: RecordOnsets): number {
  return seconds ? Math.round((seconds[record] ?? 0) * rateHz) : record * samplesPerRecord
}

async function* blocksOf(
  data: DataFile,
  header: EdfHeader,
  stored: EdfSignal[],
  channels: Channel[],
  onsets: RecordOnsets,
  seconds: number,
): AsyncGenerator<ChannelBlock[]> {
  const cutter = new StepCutter(channels, seconds)
  for await (const { record, bytes } of recordsOf(data, header)) {
    for (const [channel, signal] of stored.entries()) {
      const { physicalMin, physicalMax, digitalMin, digitalMax, samplesPerRecord } = signal
      const gain = (physicalMax - physicalMin) / (digitalMax - digitalMin)
      const values = Float32Array.from(
        integers(bytes, signal, header.sampleBytes),
        (value) => (value - digitalMin) * gain + physicalMin,
      )
      const rateHz = channels[channel]?.rateHz ?? 1
      cutter.push(channel, firstSample(record, samplesPerRecord, rateHz, onsets), values)
    }
    yield* cutter.steps()
  }
  yield* cutter.rest()
}

async function checksumsOf(data: DataFile, header: EdfHeader, stored: EdfSignal[]): Promise<ChannelChecksum[]> {
  const sums = stored.map((): ChannelChecksum => ({ checksum: 0 }))
  for await (const { bytes } of recordsOf(data, header)) {
    for (const [i, sum] of sums.entries()) {
      const signal = stored[i]
      if (!signal) continue
      const values = integers(bytes, signal, header.sampleBytes)
      sum.firstSample ??= values[0] ?? 0
      sum.checksum = addToChecksum(sum.checksum, values)
    }
  }
  return sums
}

/** The bytes of each data record. */
async function* recordsOf(
  data: DataFile,
  { file, headerBytes, recordBytes, records }: EdfHeader,
): AsyncGenerator<{ record: number; bytes: Uint8Array }, void, undefined> {
  const atOnce = Math.max(1, Math.floor(readBytes / recordBytes))
  const source = await openBytes(data)
  try {
    for (let from = 0; from < records; from += atOnce) {
      const to = Math.min(records, from + atOnce)
      const [start, end] = [headerBytes + from * recordBytes, headerBytes + to * recordBytes]
      const bytes = await source.read(start, end)
      if (bytes.length < end - start)
        throw new RecordingError(file, 'size', `at least ${end} bytes`, `${start + bytes.length}`)
      for (let record = from; record < to; record++) {
        const at = (record - from) * recordBytes
        yield { record, bytes: bytes.subarray(at, at + recordBytes) }
      }
    }
  } finally {
    await source.close()
  }
}

/** The stored integers of a signal in a data record: two's complement, least significant byte first. */
function integers(record: Uint8Array, { byteOffset, samplesPerRecord }: EdfSignal, sampleBytes: 2 | 3): Int32Array {
  const values = new Int32Array(samplesPerRecord)
  for (let i = 0, at = byteOffset; i < samplesPerRecord; i++, at += sampleBytes) {
    const low = (record[at] ?? 0) | ((record[at + 1] ?? 0) << 8)
    values[i] = sampleBytes === 2 ? (low << 16) >> 16 : ((low | ((record[at + 2] ?? 0) << 16)) << 8) >> 8
  }
  return values
}

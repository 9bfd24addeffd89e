import { crc32 } from 'node:zlib'
import { readWhole } from '../byteSource.ts'
import { signalOfChannel } from '../channelSignal.ts'
import type { ChannelChecksum } from '../checksum.ts'
import { checkChecksums } from '../checksum.ts'
import type { Annotation, Channel, ChannelBlock, OpenOptions, Recording, SingleValue } from '../recording.ts'
import { RecordingError } from '../recordingError.ts'
import { maxRecordedSeconds } from '../recordedTime.ts'
import { inFrames, parseAnnotations } from './annotations.ts'
import type { WfdbHeader } from './header.ts'
import { readHeader } from './header.ts'
import type { Layout } from './layout.ts'
import { multiSegmentLayout, singleLayout } from './layout.ts'
import { rrIntervals } from './rrIntervals.ts'
import { SegmentReader } from './segment.ts'

const defaultAnnotators = ['atr', 'ecg', 'qrs']
const maxAnnotationBytes = 1 << 26

/**
 * Opens a WFDB record by its name or the path of its header (`header(5)`, `signal(5)`, `annot(5)` of the WFDB Applications
 * Guide, https://physionet.org/physiotools/wag/). A record without signals but with annotated beats has one irregular channel:
 * the intervals between them.
 * @throws RecordingError for a header, signal file or annotation file that cannot be what it says.
 */
export async function openWfdb(path: string, options: OpenOptions = {}): Promise<Recording> {
  const base = path.replace(/(\.(hea|dat|atr|ecg|qrs|mat))?(\.gz)?$/i, '')
  const headerPath = `${base}.hea`
  const found = await readHeader(headerPath)
  if (!found) throw new RecordingError(headerPath, 'header', 'a readable file', 'ENOENT')
  const { header, bytes } = found
  const layout = header.segments ? await multiSegmentLayout(header) : await singleLayout(header)
  const annotations = () => readAnnotations(base, options.annotator, header.frameRateHz)
  const frames = layout.signals.length === 0 ? (header.frames ?? 0) : layout.frames
  const about = {
    format: 'WFDB',
    name: header.record,
    ...(header.startTime === undefined ? {} : { startTime: header.startTime }),
    fingerprint: crc32(bytes, crc32(header.record)),
    annotationRateHz: header.frameRateHz,
    annotations,
  }
  const durationSeconds = within(header, frames / header.frameRateHz)
  if (header.signalCount > 0) return { ...about, durationSeconds, ...signalsOf(header, layout) }
  const marks = await annotations()
  const last = within(header, marks.reduce((latest, { sample }) => Math.max(latest, sample), 0) / header.frameRateHz)
  return { ...about, durationSeconds: Math.max(durationSeconds, last), ...beatsOf(marks, header.frameRateHz) }
}

function signalsOf(header: WfdbHeader, { signals, spans, frames }: Layout) {
  const channels = signals.map(({ description, unit, samplesPerFrame }): Channel => {
    const rateHz = header.frameRateHz * samplesPerFrame
    const known = signalOfChannel(description, unit, rateHz)
    const samples = frames * samplesPerFrame
    return { name: description, unit, rateHz, samples, ...(known === undefined ? {} : { signal: known }) }
  })
  return {
    channels,
    blocks: (seconds: number) => blocksOf({ signals, spans, frames }, header.frameRateHz, seconds),
    checksums: () => checksumsOf({ signals, spans, frames }),
  }
}

async function* blocksOf(
  { signals, spans, frames }: Layout,
  frameRateHz: number,
  seconds: number,
): AsyncGenerator<ChannelBlock[]> {
  const step = Math.max(1, Math.round(seconds * frameRateHz))
  let reader: SegmentReader | undefined
  let at = 0
  try {
    for (let from = 0; from < frames; from += step) {
      const to = Math.min(frames, from + step)
      const blocks = signals.map(({ samplesPerFrame }, channel): ChannelBlock => {
        const values = new Float32Array((to - from) * samplesPerFrame).fill(NaN)
        return { channel, startSample: from * samplesPerFrame, values }
      })
      for (let span = spans[at]; span && span.fromFrame < to; span = spans[at]) {
        const { fromFrame, segment } = span
        const end = fromFrame + span.frames
        const [first, last] = [Math.max(from, fromFrame), Math.min(to, end)]
        if (segment) {
          reader ??= await SegmentReader.open(segment)
          const values = await reader.read(first - fromFrame, last - fromFrame)
          for (const { channel, values: block } of blocks) {
            const part = values[span.signals[channel] ?? -1]
            if (part) block.set(part, (first - from) * (signals[channel]?.samplesPerFrame ?? 1))
          }
        }
        if (last < end) break
        await reader?.close()
        reader = undefined
        at++
      }
      yield blocks
    }
  } finally {
    await reader?.close()
  }
}

/** Sums over all segments; of several, each is held against its own header here. */
async function checksumsOf({ signals, spans }: Layout): Promise<ChannelChecksum[]> {
  const totals = signals.map((): ChannelChecksum => ({ checksum: 0 }))
  for (const span of spans) {
    if (!span.segment) continue
    const reader = await SegmentReader.open(span.segment)
    let sums: ChannelChecksum[]
    try {
      sums = await reader.checksums()
    } finally {
      await reader.close()
    }
    if (spans.length === 1) return sums
    const names = span.segment.header.signals.map(({ description }) => description)
    checkChecksums(span.segment.header.file, names, sums)
    for (const [i, total] of totals.entries()) {
      const sum = sums[span.signals[i] ?? -1]
      if (!sum) continue
      total.checksum = ((total.checksum + sum.checksum) << 16) >> 16
      if (sum.firstSample !== undefined) total.firstSample ??= sum.firstSample
    }
  }
  return totals
}

/** A record of annotations only. */
function beatsOf(marks: readonly Annotation[], rateHz: number) {
  const beats = rrIntervals(marks, rateHz)
  const samples = beats.length
  const channel: Channel = { name: 'RR', unit: 'ms', rateHz: 0, samples, signal: 'rrInterval', irregular: true }
  return {
    channels: samples === 0 ? [] : [channel],
    blocks: async function* (): AsyncGenerator<ChannelBlock[]> {},
    values: async function* (): AsyncGenerator<SingleValue> {
      for (const beat of beats) yield await Promise.resolve(beat)
    },
  }
}

async function readAnnotations(
  base: string,
  annotator: string | undefined,
  frameRateHz: number,
): Promise<Annotation[]> {
  for (const name of annotator === undefined ? defaultAnnotators : [annotator]) {
    const file = `${base}.${name}`
    const bytes = await readWhole(file, 'annotator', maxAnnotationBytes)
    if (bytes) return inFrames(file, parseAnnotations(file, bytes), frameRateHz)
    if (annotator !== undefined) throw new RecordingError(file, 'annotator', 'a readable file', 'ENOENT')
  }
  return []
}

function within(header: WfdbHeader, seconds: number): number {
  if (seconds <= maxRecordedSeconds) return seconds
  throw new RecordingError(header.file, 'number of samples', `at most ${maxRecordedSeconds} s of them`, `${seconds} s`)
}

import { basename } from 'node:path'
import { crc32 } from 'node:zlib'
import type { SamplesRecord } from '../../../firmware-bridge/records.ts'
import type { ChannelBlock, OpenOptions, Recording, SingleValue } from '../recording.ts'
import { isoTime } from '../recordedTime.ts'
import { StepCutter } from '../stepCutter.ts'
import type { CaptureSummary } from './captureChannels.ts'
import { channelKey, summarise } from './captureChannels.ts'
import { formOf, receivedIn } from './captureFrames.ts'

/** Frames are put in order of time if they come no later than this after newer ones. */
const reorderMicros = 10e6
const maxHeld = 10_000

/**
 * Opens a capture of a line (`vital-edge-capture`) or a file of frames or JSON lines, as `file:` wires write it: the samples of
 * one boot of one device by stream time, NaN for frames that were lost; its events as annotations, counted in µs. A frame that comes
 * twice, or more than 10 s late, is left out.
 * @throws RecordingError for a file without frames, and for one of several boots of which none is named
 */
export async function openCapture(path: string, { bootId }: OpenOptions = {}): Promise<Recording> {
  const summary = await summarise(path, bootId)
  await countSamples(path, summary)
  const { channels, firstTick, endTick, startMicros, annotations } = summary
  const name = summary.device ?? basename(path).replace(/\.[a-z]+$/i, '')
  const irregular = channels.some((channel) => channel.irregular)
  return {
    format: (await formOf(path)) === 'json' ? 'vital-edge JSON' : 'vital-edge frames',
    name,
    ...(startMicros === undefined ? {} : { startTime: isoTime(startMicros, 'Z') }),
    durationSeconds: (endTick - firstTick) / 1e6,
    channels,
    fingerprint: crc32(JSON.stringify([name, summary.bootId, firstTick, endTick])),
    annotationRateHz: 1e6,
    blocks: (seconds) => blocksOf(path, summary, seconds),
    ...(irregular ? { values: () => valuesOf(path, summary) } : {}),
    annotations: () => Promise.resolve(annotations),
  }
}

async function* blocksOf(path: string, summary: CaptureSummary, seconds: number): AsyncGenerator<ChannelBlock[]> {
  const cutter = new StepCutter(summary.channels, seconds)
  for await (const { channel, start, values, passedTick } of placed(path, summary)) {
    if (values.length > 0) cutter.push(channel, start, values)
    cutter.passed((passedTick - summary.firstTick) / 1e6)
    yield* cutter.steps()
  }
  yield* cutter.rest()
}

/** The length of each channel: gaps included, of an irregular one its values. */
async function countSamples(path: string, summary: CaptureSummary): Promise<void> {
  if (summary.channels.some((channel) => channel.irregular)) {
    for await (const { channel } of valuesOf(path, summary)) {
      const counted = summary.channels[channel]
      if (counted) counted.samples++
    }
  }
  for await (const { channel, start, values } of placed(path, summary)) {
    const counted = summary.channels[channel]
    if (counted) counted.samples = start + values.length
  }
}

/**
 * Samples with their place in their channel. A record that begins where the one before ended, to half a sample, follows it:
 * ticks and rates are rounded. Another begins at its tick; what overlaps is left out.
 */
async function* placed(path: string, { bootId, channels, places, firstTick }: CaptureSummary) {
  const last = channels.map(() => ({ next: 0, endTick: -Infinity }))
  for await (const { record, passedTick } of inOrder(path, bootId)) {
    const channel = places.get(channelKey(record)) ?? -1
    const [about, before] = [channels[channel], last[channel]]
    if (!about || !before || about.irregular) continue
    const { rateHz, startSeconds = 0 } = about
    const off = ((record.tick - before.endTick) / 1e6) * rateHz
    const atTick = Math.round(((record.tick - firstTick) / 1e6 - startSeconds) * rateHz)
    const start = Math.abs(off) <= 0.5 ? before.next : Math.max(before.next, atTick)
    const overlap = off < -0.5 ? Math.min(record.values.length, Math.round(-off)) : 0
    const values = record.values.subarray(Number.isFinite(overlap) ? overlap : 0)
    before.next = start + values.length
    before.endTick = Math.max(before.endTick, record.tick + (record.values.length * 1e6) / rateHz)
    yield { channel, start, values, passedTick }
  }
}

async function* valuesOf(path: string, { bootId, places, firstTick }: CaptureSummary): AsyncGenerator<SingleValue> {
  let last = 0
  for await (const { record } of inOrder(path, bootId)) {
    if (record.signal !== 'rrInterval') continue
    const channel = places.get(channelKey(record)) ?? -1
    for (const [i, value] of record.values.entries()) {
      const atMicros = Math.round(record.tick - firstTick + ((i + 1) * 1e6) / record.rateHz)
      last = Math.max(last, atMicros)
      if (!Number.isNaN(value)) yield { channel, atMicros: last, value }
    }
  }
}

/** Samples of a boot by tick, each once; `passedTick`: nothing from before it will come. */
async function* inOrder(
  path: string,
  bootId: number,
): AsyncGenerator<{ record: SamplesRecord; passedTick: number }, void, undefined> {
  const held: SamplesRecord[] = []
  let newest = 0
  let passedTick = 0
  const take = () => {
    const record = held.shift()
    passedTick = Math.max(passedTick, record?.tick ?? 0)
    return record
  }
  for await (const batch of receivedIn(path)) {
    for (const record of batch) {
      if (record.kind !== 'samples' || record.bootId !== bootId || record.tick < passedTick) continue
      newest = Math.max(newest, record.tick)
      let at = held.length
      while (at > 0 && (held[at - 1]?.tick ?? 0) > record.tick) at--
      let same = at - 1
      while (same >= 0 && held[same]?.tick === record.tick && held[same]?.sequence !== record.sequence) same--
      if (same >= 0 && held[same]?.tick === record.tick) continue
      held.splice(at, 0, record)
      while (held.length > maxHeld || (held[0]?.tick ?? Infinity) < newest - reorderMicros) {
        const first = take()
        if (first) yield { record: first, passedTick }
      }
    }
  }
  for (let record = take(); record; record = take()) yield { record, passedTick }
}

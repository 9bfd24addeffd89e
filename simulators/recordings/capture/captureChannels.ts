import type { SamplesRecord } from '../../../firmware-bridge/records.ts'
import { signals } from '../../../firmware-bridge/signals.ts'
import type { Annotation, Channel } from '../recording.ts'
import { maxRecordedSeconds } from '../recordedTime.ts'
import { RecordingError } from '../recordingError.ts'
import { receivedIn } from './captureFrames.ts'

/** A capture holds one stream of one device; more channels than this are not of one wearable. */
const maxChannels = 64
const maxAnnotations = 1_000_000
/** Boots that are counted, to be named where there are several. */
const maxBoots = 16

/** What a first pass over a capture finds. */
export interface CaptureSummary {
  bootId: number
  device?: string
  /** Earliest tick of all records: recorded time 0. */
  firstTick: number
  endTick: number
  /** Integer µs since the epoch at `firstTick`, as the device says. */
  startMicros?: number
  /** Their samples are not counted yet. */
  channels: Channel[]
  /** Index by `channelKey`. */
  places: Map<string, number>
  /** Device events; `sample` in µs from `firstTick`. */
  annotations: Annotation[]
}

/** Intervals between beats are one channel whatever they last; other signals are one at each rate. */
export function channelKey({ signal, rateHz }: SamplesRecord): string {
  return signal === 'rrInterval' ? signal : `${signal} at ${rateHz} Hz`
}

/**
 * Goes through all frames of a boot.
 * @param bootId needed where there are several
 * @throws RecordingError where there is no frame of it, or of several and none was named
 */
export async function summarise(path: string, bootId: number | undefined): Promise<CaptureSummary> {
  const boots = new Map<number, number>()
  const found = new Map<string, { record: SamplesRecord; from: number; until: number }>()
  const eventsSeen = new Set<number>()
  const events: { tick: number; annotation: Omit<Annotation, 'sample'> }[] = []
  let chosen = bootId
  let device: string | undefined
  let firstTick = Infinity
  let time: { tick: number; epochMicros: number } | undefined
  for await (const batch of receivedIn(path)) {
    for (const record of batch) {
      if (record.kind === 'fault') continue
      if (boots.size < maxBoots || boots.has(record.bootId))
        boots.set(record.bootId, (boots.get(record.bootId) ?? 0) + 1)
      if (record.bootId !== (chosen ??= record.bootId)) continue
      firstTick = Math.min(firstTick, record.tick)
      if (record.kind === 'hello') device ??= record.deviceId
      if (record.kind === 'time') time ??= record
      if (record.kind === 'event' && events.length < maxAnnotations && !eventsSeen.has(record.sequence)) {
        eventsSeen.add(record.sequence)
        const { tick, code, value, signal, cause } = record
        const aux = [value, signal, cause].filter((part) => part !== undefined).join(' ')
        events.push({ tick, annotation: { code, ...(aux === '' ? {} : { aux }) } })
      }
      if (record.kind === 'samples') {
        const key = channelKey(record)
        const until = record.tick + (record.values.length * 1e6) / record.rateHz
        const seen = found.get(key)
        if (seen) {
          seen.from = Math.min(seen.from, record.tick)
          seen.until = Math.max(seen.until, until)
        } else {
          found.set(key, { record: { ...record, values: new Float32Array(0) }, from: record.tick, until })
        }
        if (found.size > maxChannels)
          throw new RecordingError(path, 'channels', `at most ${maxChannels} of signal and rate`, 'more')
      }
    }
  }
  if (bootId === undefined && boots.size > 1) {
    const list = [...boots].map(([id, frames]) => `${id} (${frames} frames)`).join(', ')
    throw new RecordingError(path, 'boot id', 'one boot of one device, or one to be named (--stream)', list)
  }
  if (chosen === undefined || !boots.has(chosen)) {
    const expected =
      bootId === undefined ? 'at least one intact frame, or JSON payload in a line' : `frames of boot ${bootId}`
    throw new RecordingError(path, 'frames', expected, [...boots.keys()].join(', ') || 'none')
  }
  const endTick = [...found.values()].reduce((latest, { until }) => Math.max(latest, until), firstTick)
  if ((endTick - firstTick) / 1e6 > maxRecordedSeconds)
    throw new RecordingError(
      path,
      'ticks',
      `at most ${maxRecordedSeconds} s of them`,
      `${(endTick - firstTick) / 1e6} s`,
    )
  const places = new Map<string, number>()
  const channels = [...found].map(([key, { record, from }], index): Channel => {
    places.set(key, index)
    const { signal, rateHz } = record
    const unit = signals[signal].unit
    if (signal === 'rrInterval') return { name: signal, unit, rateHz: 0, samples: 0, signal, irregular: true }
    const startSeconds = (from - firstTick) / 1e6
    return { name: signal, unit, rateHz, samples: 0, signal, ...(startSeconds === 0 ? {} : { startSeconds }) }
  })
  return {
    bootId: chosen,
    ...(device === undefined ? {} : { device }),
    firstTick,
    endTick,
    ...(time === undefined ? {} : { startMicros: time.epochMicros - (time.tick - firstTick) }),
    channels,
    places,
    annotations: events
      .map(({ tick, annotation }) => ({ sample: tick - firstTick, ...annotation }))
      .sort((a, b) => a.sample - b.sample),
  }
}

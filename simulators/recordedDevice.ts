import { samplesThatAlwaysFit } from '../firmware-bridge/frameLimits.ts'
import type { HelloRecord, SamplesRecord, WireRecord } from '../firmware-bridge/records.ts'
import type { SignalName } from '../firmware-bridge/signals.ts'
import { signals } from '../firmware-bridge/signals.ts'
import { unitFactor } from './recordings/channelSignal.ts'
import type { ChannelBlock, Recording } from './recordings/recording.ts'
import { RecordingError } from './recordings/recordingError.ts'
import type { TimedRecord } from './timedRecord.ts'
import { helloEverySeconds, microsPerSecond, timeEverySeconds } from './timedRecord.ts'

export interface RecordedDeviceOptions {
  device: string
  /** By default the recording's fingerprint: the same recording has the same stream identity on every transport. */
  bootId?: number
  /** What the device takes for the time of day at its tick 0, integer µs since the epoch. */
  startEpochMicros: number
  /** Length of a block of samples; 1 by default, less at rates of which a second does not fit into a frame. */
  blockSeconds?: number
  /** Channel (by index) to signal; by default the first channel that is plainly an ECG. */
  channels?: ReadonlyMap<number, SignalName>
  /** Stop (with a session end) after so much recorded time. */
  limitSeconds?: number
}

/** A record without its place in the sequence. */
type Unnumbered = WireRecord extends infer R ? (R extends WireRecord ? Omit<R, 'sequence' | 'bootId'> : never) : never

/**
 * What a wearable would send if it measured this recording: hello, time, then blocks of samples in the signal's unit, and a
 * session end. The tick of a sample is its place in the recording, in µs. The same recording gives the same records.
 * @throws RecordingError where no channel can be mapped to a signal, or the recording cannot be read to its end.
 */
export async function* deviceRecords(
  recording: Recording,
  options: RecordedDeviceOptions,
): AsyncGenerator<TimedRecord, void, undefined> {
  const channels = options.channels ?? defaultChannels(recording)
  const fastest = Math.max(...[...channels.keys()].map((channel) => recording.channels[channel]?.rateHz ?? 1))
  const blockSeconds = Math.min(options.blockSeconds ?? 1, samplesThatAlwaysFit / fastest)
  const factors = channelFactors(recording, channels)
  const bootId = options.bootId ?? recording.fingerprint
  const lengthSeconds = Math.min(recording.durationSeconds, options.limitSeconds ?? Infinity)
  let sequence = 0
  const numbered = (record: Unnumbered, atMicros: number): TimedRecord => ({
    atMicros,
    record: { ...record, sequence: sequence++ >>> 0, bootId },
  })

  const hello: Omit<HelloRecord, 'sequence' | 'bootId' | 'tick'> = {
    kind: 'hello',
    deviceId: options.device,
    firmware: `replay ${recording.format}/${recording.name}`,
    signals: [...channels.values()],
    detectsContact: false,
  }
  let nextHello = 0
  let nextTime = 0
  let end = 0
  for await (const blocks of recording.blocks(blockSeconds)) {
    const rateOf = ({ channel }: ChannelBlock) => recording.channels[channel]?.rateHz ?? 1
    // At some rates a step is not quite `blockSeconds`: its place comes from the samples, not from a count of steps.
    const tick = Math.min(...blocks.map((block) => sampleTick(block.startSample, rateOf(block))))
    if (tick >= lengthSeconds * microsPerSecond) break
    const lastSample = (block: ChannelBlock) => sampleTick(block.startSample + block.values.length - 1, rateOf(block))
    const complete = Math.max(...blocks.map(lastSample))
    end = Math.max(...blocks.map((block) => sampleTick(block.startSample + block.values.length, rateOf(block))))
    if (tick >= nextHello) {
      nextHello += helloEverySeconds * microsPerSecond
      yield numbered({ ...hello, tick }, tick)
    }
    if (tick >= nextTime) {
      nextTime += timeEverySeconds * microsPerSecond
      yield numbered({ kind: 'time', tick, epochMicros: options.startEpochMicros + tick, uncertaintyMicros: 0 }, tick)
    }
    for (const [channel, signal] of channels) {
      const block = blocks[channel]
      if (!block || block.values.length === 0) continue
      yield numbered(samplesOf(block, signal, rateOf(block), factors.get(channel) ?? 1), complete)
    }
  }
  yield numbered({ kind: 'event', code: 'session-end', tick: end }, end)
}

function samplesOf(
  block: ChannelBlock,
  signal: SignalName,
  rateHz: number,
  factor: number,
): Omit<SamplesRecord, 'sequence' | 'bootId'> {
  const values = factor === 1 ? block.values : block.values.map((value) => value * factor)
  return { kind: 'samples', tick: sampleTick(block.startSample, rateHz), signal, rateHz, values }
}

function sampleTick(sample: number, rateHz: number): number {
  return Math.round((sample * microsPerSecond) / rateHz)
}

function defaultChannels(recording: Recording): Map<number, SignalName> {
  const first = recording.channels.findIndex(({ signal }) => signal === 'ecg')
  if (first >= 0) return new Map([[first, 'ecg']])
  // A CSV mapping names the signals itself: take them all.
  const named = recording.channels.flatMap(({ signal }, i) => (signal === undefined ? [] : [[i, signal] as const]))
  if (named.length > 0) return new Map(named)
  const names = recording.channels.map(({ name, unit }) => `${name} (${unit})`).join(', ')
  throw new RecordingError(recording.name, 'channels', 'at least one that is plainly a signal', names || 'none')
}

function channelFactors(recording: Recording, channels: ReadonlyMap<number, SignalName>): Map<number, number> {
  const factors = new Map<number, number>()
  const taken = new Set<SignalName>()
  for (const [index, signal] of channels) {
    const channel = recording.channels[index]
    if (!channel) {
      throw new RecordingError(recording.name, 'channels', `0 to ${recording.channels.length - 1}`, `${index}`)
    }
    if (taken.has(signal)) throw new RecordingError(recording.name, 'channels', `one channel as ${signal}`, 'two')
    taken.add(signal)
    const factor = unitFactor(channel.unit, signal)
    if (factor === undefined) {
      const expected = `a unit that can become ${signals[signal].unit} (${signal})`
      throw new RecordingError(recording.name, `channel ${channel.name} unit`, expected, channel.unit)
    }
    factors.set(index, factor)
  }
  return factors
}

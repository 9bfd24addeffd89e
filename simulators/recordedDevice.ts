import type { HelloRecord, WireRecord } from '../firmware-bridge/records.ts'
import type { SignalName } from '../firmware-bridge/signals.ts'
import { signals } from '../firmware-bridge/signals.ts'
import { unitFactor } from './recordings/channelSignal.ts'
import { measurements } from './recordedMeasurements.ts'
import type { Recording } from './recordings/recording.ts'
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
  /** Channel (by index) to signal; by default the first channel that is plainly an ECG, a PPG, and so on. */
  channels?: ReadonlyMap<number, SignalName>
  /** Stop (with a session end) after so much recorded time. */
  limitSeconds?: number
}

/** A record without its place in the sequence. */
type Unnumbered = WireRecord extends infer R ? (R extends WireRecord ? Omit<R, 'sequence' | 'bootId'> : never) : never

/**
 * What a wearable would send if it measured this recording: hello, time, then blocks of samples and single values in the
 * signal's unit, and a session end. The tick of a sample is its place in the recording, in µs. The same recording gives the
 * same records.
 * @throws RecordingError where no channel can be mapped to a signal, or the recording cannot be read to its end.
 */
export async function* deviceRecords(
  recording: Recording,
  options: RecordedDeviceOptions,
): AsyncGenerator<TimedRecord, void, undefined> {
  const channels = options.channels ?? defaultChannels(recording)
  const factors = channelFactors(recording, channels)
  const bootId = options.bootId ?? recording.fingerprint
  let sequence = 0
  const numbered = (record: Unnumbered, atMicros: number): TimedRecord => ({
    atMicros,
    record: { ...record, sequence: sequence++ >>> 0, bootId },
  })
  const hello: Omit<HelloRecord, 'sequence' | 'bootId' | 'tick'> = {
    kind: 'hello',
    deviceId: options.device,
    firmware: firmwareText(`replay ${recording.format}/${recording.name}`),
    signals: [...channels.values()],
    detectsContact: false,
  }
  let nextHello = 0
  let nextTime = 0
  let end = 0
  for await (const { tick: firstTick, measured } of measurements(recording, channels, options)) {
    // It is switched on at 0, even if the first value comes later.
    const tick = sequence === 0 ? 0 : firstTick
    if (tick >= nextHello) {
      nextHello = nextAfter(tick, helloEverySeconds)
      yield numbered({ ...hello, tick }, tick)
    }
    if (tick >= nextTime) {
      nextTime = nextAfter(tick, timeEverySeconds)
      yield numbered({ kind: 'time', tick, epochMicros: options.startEpochMicros + tick, uncertaintyMicros: 0 }, tick)
    }
    for (const { channel, atMicros, endMicros, ...samples } of measured) {
      const factor = factors.get(channel) ?? 1
      const values = factor === 1 ? samples.values : samples.values.map((value) => value * factor)
      yield numbered({ kind: 'samples', signal: channels.get(channel) ?? 'ecg', ...samples, values }, atMicros)
      end = Math.max(end, endMicros)
    }
  }
  yield numbered({ kind: 'event', code: 'session-end', tick: end }, end)
}

/** Firmware texts have at most 64 bytes, without control characters. */
function firmwareText(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]/g, '?')
  return plain.slice(0, 64)
}

function nextAfter(tick: number, everySeconds: number): number {
  const period = everySeconds * microsPerSecond
  return (Math.floor(tick / period) + 1) * period
}

function defaultChannels(recording: Recording): Map<number, SignalName> {
  const found = new Map<SignalName, number>()
  for (const [i, { signal }] of recording.channels.entries())
    if (signal !== undefined && !found.has(signal)) found.set(signal, i)
  if (found.size > 0) return new Map([...found].map(([signal, channel]) => [channel, signal]))
  const names = recording.channels.map(({ name, unit }) => `${name} (${unit})`).join(', ')
  throw new RecordingError(
    recording.name,
    'channels',
    'at least one that is plainly a signal, or --signals CHANNEL=SIGNAL',
    names || 'none',
  )
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

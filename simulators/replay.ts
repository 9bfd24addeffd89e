import { randomInt } from 'node:crypto'
import type { SignalName } from '../firmware-bridge/signals.ts'
import { deviceRecords } from './recordedDevice.ts'
import type { Recording } from './recordings/recording.ts'
import { RecordingError } from './recordings/recordingError.ts'
import type { DeviceRecord, SendOptions, Sent } from './sendRecords.ts'
import { sendRecords } from './sendRecords.ts'
import { microsPerSecond } from './timedRecord.ts'
import type { Speed } from './wire/pace.ts'
import type { Wire } from './wire/wire.ts'

export interface ReplayOptions extends SendOptions {
  device: string
  bootId: number
  startEpochMicros: number
  /** Channel name to signal; by default the first channel that is plainly an ECG, a PPG, and so on. */
  signals?: ReadonlyMap<string, SignalName> | undefined
  limitSeconds?: number | undefined
}

/** Sends a recording as if a wearable measured it now; resolves when the last record is on the wire. */
export function replay(recording: Recording, wire: Wire, options: ReplayOptions): Promise<Sent> {
  const { device, bootId, startEpochMicros, signals, limitSeconds } = options
  const records = deviceRecords(recording, {
    device,
    bootId,
    startEpochMicros,
    ...(signals === undefined ? {} : { channels: channelsByName(recording, signals) }),
    ...(limitSeconds === undefined ? {} : { limitSeconds }),
  })
  return sendRecords(ofDevice(device, records), wire, options)
}

/** A boot id that no gateway has seen. */
export function freshBootId(): number {
  return randomInt(2 ** 32)
}

/**
 * Time of day at which a replay that is sent from now on should begin, so that at its end the recording's last sample is
 * "now": faster than life it begins in the past; at life's speed or slower, now. Integer µs since the epoch.
 */
export function replayStartMicros(nowMicros: number, durationSeconds: number, speed: Speed): number {
  const ahead = speed === 'max' ? 1 : Math.max(0, 1 - 1 / speed)
  return Math.round(nowMicros - durationSeconds * ahead * microsPerSecond)
}

async function* ofDevice(
  device: string,
  records: ReturnType<typeof deviceRecords>,
): AsyncGenerator<DeviceRecord, void, undefined> {
  for await (const { atMicros, record } of records) yield { device, atMicros, record }
}

/**
 * Annotations of a recording as JSON lines, `{ "atMicros", "code", "aux"? }`, by stream time.
 * @param limitSeconds as of the replay: later ones are left out, as those before its beginning
 */
export async function* truthLines(
  recording: Recording,
  limitSeconds = Infinity,
): AsyncGenerator<string, void, undefined> {
  const limit = Math.min(limitSeconds, recording.durationSeconds) * microsPerSecond
  for (const { sample, code, aux } of await recording.annotations()) {
    const atMicros = Math.round((sample * microsPerSecond) / recording.annotationRateHz)
    if (atMicros >= 0 && atMicros <= limit)
      yield `${JSON.stringify({ atMicros, code, ...(aux === undefined ? {} : { aux }) })}\n`
  }
}

/** A channel by its name (the first of that name), or `#2`: the one of that number, from 0. */
function channelsByName(recording: Recording, signals: ReadonlyMap<string, SignalName>): Map<number, SignalName> {
  const channels = new Map<number, SignalName>()
  for (const [name, signal] of signals) {
    const number = /^#(\d+)$/.exec(name)?.[1]
    const byName = recording.channels.findIndex((channel) => channel.name === name)
    const index = byName < 0 && number !== undefined ? Number(number) : byName
    if (recording.channels[index] === undefined) {
      const names = recording.channels.map((channel) => channel.name).join(', ')
      throw new RecordingError(recording.name, 'channel', `one of ${names}`, name)
    }
    channels.set(index, signal)
  }
  return channels
}

import { connectAsync } from 'mqtt'
import { afterEach, describe, expect, it } from 'vitest'
import { startBroker } from '../broker.ts'
import { decoders } from '../../firmware-bridge/decoders.ts'
import { encodeFrame } from '../../firmware-bridge/frame.ts'
import type { Arrival, Input } from '../flow.ts'
import { startMosquitto } from '../../test/real/mosquitto.ts'
import { eventually, freePort, needs } from '../../test/real/programs.ts'
import { mqttSource } from './mqtt.ts'

const record = (sequence: number) =>
  encodeFrame({
    kind: 'samples',
    sequence,
    bootId: 1,
    tick: sequence * 1e6,
    signal: 'heartRate',
    rateHz: 1,
    values: Float32Array.of(70),
  })

/** Listens as a gateway does and sends so many messages, none of which is acknowledged. */
async function unacknowledged(url: string, ends: (() => unknown)[], messages: number) {
  const heard: Input[] = []
  const topics = [{ pattern: 'wearables/+/frame', decoder: 'frame', encoding: 'binary' as const, device: '{1}' }]
  const broker = { url, base: 'vital-edge' }
  const running = mqttSource({ name: 'devices', topics }, 'gw', broker, () => decoders.frame).subscribe((input) =>
    heard.push(input),
  )
  ends.unshift(() => running.unsubscribe())
  await eventually(
    'the source is connected',
    () => heard.some((input) => input.kind === 'source' && input.connected) || undefined,
  )
  const device = await connectAsync(url)
  ends.unshift(() => device.endAsync(true))
  for (let i = 0; i < messages; i += 1)
    await device.publishAsync('wearables/d-1/frame', Buffer.from(record(i)), { qos: 1 })
  return () => heard.filter((input): input is Arrival => input.kind === 'arrival')
}

describe('an MQTT source', () => {
  const ends: (() => unknown)[] = []
  afterEach(async () => {
    for (const end of ends.splice(0)) await end()
  })

  it('falls back to MQTT 3.1.1 at a broker that knows no other, within a moment', async () => {
    const broker = await startBroker({ host: '127.0.0.1', port: await freePort() })
    ends.push(() => broker.stop())
    const arrivals = await unacknowledged(`mqtt://127.0.0.1:${broker.port}`, ends, 3)
    await eventually('all three', () => arrivals().length === 3 || undefined)
    expect(arrivals().map(({ ahead }) => ahead)).toEqual([undefined, undefined, undefined])
  })

  const { there, why } = needs('mosquitto')
  it.skipIf(!there)(`is sent many more messages than 20 before one is acknowledged${why}`, async () => {
    const broker = await startMosquitto()
    ends.push(() => broker.stop())
    const arrivals = await unacknowledged(broker.url, ends, 200)
    await eventually('all of them', () => arrivals().length === 200 || undefined)
    expect(new Set(arrivals().map(({ ahead }) => ahead))).toEqual(new Set([1000]))
  })
})

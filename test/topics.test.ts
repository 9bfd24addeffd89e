import { connectAsync } from 'mqtt'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { schemaVersion, topics } from '../edge/messages.ts'
import { topicDocument, topicTable } from '../edge/topicTable.ts'
import { encodeFrame } from '../firmware-bridge/frame.ts'
import { startGatewayHere } from './real/gatewayHere.ts'
import { eventually } from './real/programs.ts'

const root = topics('vital-edge', 'gw')
const { messages } = topicDocument({})
const patterns = topicTable.map(({ topic, message, retained }) => ({
  message,
  retained,
  pattern: new RegExp(`^${topic.replace('<base>/<gateway>', 'vital-edge/gw').replace(/<\w+>/g, '[^/]+')}$`),
  schema: z.fromJSONSchema((messages as Record<string, Parameters<typeof z.fromJSONSchema>[0]>)[message]!),
}))

interface Heard {
  topic: string
  retained: boolean
  body: unknown
}

/** Listens to all that is said below a gateway; retained messages come first. */
async function listen(url: string, ends: (() => unknown)[]): Promise<Heard[]> {
  const client = await connectAsync(url)
  ends.unshift(() => client.endAsync(true))
  const heard: Heard[] = []
  client.on('message', (topic, payload, { retain }) => {
    const body: unknown = payload.length === 0 ? undefined : JSON.parse(payload.toString())
    heard.push({ topic, retained: retain, body })
  })
  await client.subscribeAsync('vital-edge/gw/#', { qos: 1 })
  return heard
}

describe('what a gateway says on MQTT', () => {
  const ends: (() => unknown)[] = []
  afterEach(async () => {
    for (const end of ends.splice(0)) await end()
  })

  it('is on the documented topics, as the JSON Schema says, and retained where the page says so', async () => {
    const { broker, gateway } = await startGatewayHere(ends, {
      sources: { mqtt: [{ name: 'devices', topics: [{ pattern: 'wearables/+/frame', decoder: 'frame' }] }] },
      assignments: [{ device: 'd-1', wearer: 'w-1' }],
      limits: { silenceSeconds: 2 },
      nobodyListening: { afterSeconds: 1 },
    })
    const live = await listen(broker.url, ends)
    gateway.start()
    const device = await connectAsync(broker.url)
    ends.unshift(() => device.endAsync(true))
    const bodiesAt = (topic: string) => live.filter((one) => one.topic === topic).map(({ body }) => body)
    await eventually('the gateway is there', () => {
      const { sources } = gateway.health.report()
      return (bodiesAt(root.state).length > 0 && sources['devices']?.connected) || undefined
    })
    // Ten seconds of a heart rate, then silence.
    const values = Float32Array.from({ length: 10 }, () => 70)
    const record = { kind: 'samples', bootId: 1, tick: 0, signal: 'heartRate', rateHz: 1, values } as const
    await device.publishAsync('wearables/d-1/frame', Buffer.from(encodeFrame({ ...record, sequence: 0 })), { qos: 1 })
    const ask = { schemaVersion, requestId: 'r-1', action: 'list-devices' }
    await device.publishAsync(root.request, JSON.stringify(ask), { qos: 1 })
    const available = () => bodiesAt(root.availability('d-1')) as { state: string; device: string }[]
    await eventually('the device falls silent', () => available().at(-1)?.state === 'offline' || undefined)
    expect(available()).toMatchObject([
      { device: 'd-1', state: 'online' },
      { device: 'd-1', state: 'offline' },
    ])
    const kinds = () => new Set(live.map(({ topic }) => patterns.find(({ pattern }) => pattern.test(topic))?.message))
    await eventually('every kind of message', () => kinds().size >= topicTable.length - 1 || undefined)

    const late = await listen(broker.url, ends)
    const kept = () =>
      late
        .filter(({ retained }) => retained)
        .map(({ topic }) => patterns.find((one) => one.pattern.test(topic))?.message)
    await eventually('what is retained', () => new Set(kept()).size >= 5 || undefined)
    const promised = patterns.filter(({ retained }) => retained !== 'no').map(({ message }) => message)
    expect([...new Set(kept())].sort()).toEqual(promised.sort())

    const wrong = [...live, ...late].flatMap(({ topic, body }) => {
      const row = patterns.find(({ pattern }) => pattern.test(topic))
      if (row === undefined) return [`${topic}: not documented`]
      const checked = body === undefined ? { success: true as const } : row.schema.safeParse(body)
      return checked.success ? [] : [`${topic}: ${checked.error?.message}`]
    })
    expect(wrong).toEqual([])
  }, 60_000)

  it('the broker says that it is gone when its connection breaks, and it says itself that it is back and when it ends', async () => {
    const { broker, gateway, stop } = await startGatewayHere(ends)
    const live = await listen(broker.url, ends)
    gateway.start()
    const states = () =>
      live.filter(({ topic }) => topic === root.state).map(({ body }) => (body as { state: string }).state)
    await eventually('it is there', () => states().length > 0 || undefined)
    const { clients } = broker.broker as unknown as {
      clients: Record<string, { id: string; conn: { destroy(): void } }>
    }
    const client = Object.values(clients).find(({ id }) => id.startsWith('vital-edge-gw-bus-'))
    client?.conn.destroy()
    await eventually('it is back', () => states().length >= 3 || undefined)
    await stop()
    await eventually('it says goodbye', () => states().length >= 4 || undefined)
    expect(states().slice(0, 4)).toEqual(['online', 'offline', 'online', 'offline'])
  }, 60_000)
})

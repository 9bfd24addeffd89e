import { join } from 'node:path'
import mqtt from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeFrame } from '../firmware-bridge/frame.ts'
import { startMosquitto, type Mosquitto } from './real/mosquitto.ts'
import { eventually, needs } from './real/programs.ts'
import { RunningProcess } from './real/vitalEdge.ts'

const { there, why } = needs('mosquitto')

describe.skipIf(!there)(`limits of a wearer over MQTT${why}`, () => {
  let broker: Mosquitto
  let gateway: RunningProcess

  beforeAll(async () => {
    broker = await startMosquitto()
    gateway = await RunningProcess.start('gateway', (folder) => ({
      gateway: 'limits',
      dataDirectory: folder,
      mqtt: { url: broker.url },
      assignments: [{ device: 'wrist', wearer: 'w-1' }],
      wearerLimits: [{ wearer: 'w-1', setBy: 'Dr. A', heartRateLowPerMinute: 35 }],
      store: { kind: 'embedded', file: join(folder, 'store.db') },
      sources: { mqtt: [{ name: 'topics', topics: [{ pattern: 'wearables/+/frame', decoder: 'frame' }] }] },
    }))
  })
  afterAll(async () => {
    await gateway?.remove()
    await broker?.stop()
  })

  const limitsWhere = (what: string, isRight: (limits: { name: string; limit: number }[]) => boolean) =>
    eventually(what, async () => {
      const { wearers } = await gateway.get<{
        wearers: { id: string; limits?: { name: string; limit: number; setBy: string; at?: string }[] }[]
      }>('/api/wearers')
      const limits = wearers.find(({ id }) => id === 'w-1')?.limits ?? []
      return isRight(limits) ? limits : undefined
    })

  it('are set by a request, hold for what comes then, are shown with their author, and outlast a kill', async () => {
    const client = await mqtt.connectAsync(broker.url)
    const answers = new Map<string, { ok: boolean; error?: string }>()
    client.on('message', (topic, payload) => {
      answers.set(topic.split('/').at(-1) ?? '', JSON.parse(payload.toString()) as { ok: boolean })
    })
    await client.subscribeAsync('vital-edge/limits/response/+', { qos: 1 })
    const ask = async (requestId: string, body: object) => {
      const request = { schemaVersion: 1, requestId, action: 'set-limits', wearer: 'w-1', by: 'Dr. B', ...body }
      await client.publishAsync('vital-edge/limits/request', JSON.stringify(request), { qos: 1 })
      return eventually(`${requestId} is answered`, () => Promise.resolve(answers.get(requestId)))
    }
    expect(await ask('r-1', { limits: { temperatureHighCelsius: 37.5 }, reason: 'neutropenia' })).toMatchObject({
      ok: true,
    })
    expect(await ask('r-2', { limits: { temperatureHighCelsius: 37.5 }, wearer: 'w-9' })).toMatchObject({
      ok: false,
      error: 'not-found',
    })
    await gateway.end('SIGKILL')
    await gateway.start()
    expect(await limitsWhere('both limits are shown', ({ length }) => length === 2)).toEqual([
      { name: 'heartRateLowPerMinute', limit: 35, setBy: 'Dr. A' },
      {
        name: 'temperatureHighCelsius',
        limit: 37.5,
        setBy: 'Dr. B',
        at: expect.stringMatching(/Z$/) as string,
        reason: 'neutropenia',
      },
    ])
    const temperature = encodeFrame({
      kind: 'samples',
      sequence: 0,
      bootId: 1,
      tick: 0,
      signal: 'temperature',
      rateHz: 1,
      values: Float32Array.of(37.9),
    })
    await client.publishAsync('wearables/wrist/frame', Buffer.from(temperature), { qos: 1 })
    const alarm = await eventually('the alarm is told', async () =>
      (await gateway.alarms()).find(({ code }) => code === 'temperature-high'),
    )
    expect(alarm.params).toMatchObject({ limit: 37.5, setBy: 'Dr. B' })
    expect(await ask('r-3', { limits: { temperatureHighCelsius: null } })).toMatchObject({ ok: true })
    await limitsWhere('the configuration’s limit alone is left', ({ length }) => length === 1)
    await client.endAsync()
  }, 60_000)
})

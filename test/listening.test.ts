import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connectAsync, type MqttClient } from 'mqtt'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Live } from '../cloud/live.ts'
import { startCloud } from '../cloud/server.ts'
import { alarmSchema, schemaVersion, topics, type Alarm } from '../edge/messages.ts'
import { startGatewayHere } from './real/gatewayHere.ts'
import { eventually } from './real/programs.ts'

/** A gateway whose alarms reach nobody after two seconds, and the alarm that it tells of it. */
async function startGateway(ends: (() => unknown)[], options: object = {}) {
  const here = await startGatewayHere(ends, { nobodyListening: { afterSeconds: 2 }, ...options })
  const client = await connectAsync(here.broker.url)
  ends.unshift(() => client.endAsync(true))
  const told = new Map<string, Alarm>()
  client.on('message', (_, payload) => {
    if (payload.length === 0) return
    const alarm = alarmSchema.parse(JSON.parse(payload.toString()))
    told.set(alarm.code, alarm)
  })
  await client.subscribeAsync(`${topics('vital-edge', 'gw').alarm('')}+`, { qos: 1 })
  here.gateway.start()
  return { ...here, client, told: () => told.get('nobody-listening') }
}

const say = (client: MqttClient, people: number): Promise<unknown> =>
  client.publishAsync(
    topics('vital-edge', 'gw').responder('ward-tablet'),
    JSON.stringify({ schemaVersion, responder: 'ward-tablet', people }),
  )

describe('a gateway that nobody listens to', () => {
  let ends: (() => unknown)[] = []
  beforeEach(() => void (ends = []))
  afterEach(async () => {
    for (const end of ends) await end()
  })

  it('says so, on the broker and in its store, and takes it back when a dashboard is opened', async () => {
    const { broker, store, told, gateway } = await startGateway(ends)
    const alarm = await eventually('the alarm', () => told())
    expect(alarm).toMatchObject({
      code: 'nobody-listening',
      state: 'active-unacknowledged',
      priority: 'medium',
      devices: [],
    })
    expect(alarm.wearer).toBeUndefined()
    expect(gateway.health.report().listening).toEqual({ people: 0, destinations: 0 })

    const live = new Live({ url: broker.url, base: 'vital-edge', gateway: 'gw' })
    const cloud = await startCloud({ store, live, http: { host: '127.0.0.1', port: 0 } })
    ends.unshift(() => cloud.stop())
    // Asking once is not listening.
    await (await fetch(`${cloud.url}/api/alarms`)).json()
    const leaving = new AbortController()
    const page = await fetch(`${cloud.url}/api/events`, { signal: leaving.signal })
    expect(page.headers.get('content-type')).toContain('text/event-stream')
    const over = await eventually('the end of the alarm', () => (told()?.endedAt === undefined ? undefined : told()))
    expect(over).toMatchObject({ id: alarm.id, state: 'returned-unacknowledged' })
    expect(gateway.health.report().listening).toEqual({ people: 1, destinations: 0 })

    leaving.abort()
    const again = await eventually('another alarm', () => (told()?.id === alarm.id ? undefined : told()))
    expect(again).toMatchObject({ code: 'nobody-listening', state: 'active-unacknowledged' })
  }, 60_000)

  it('counts a responder that says on the broker that it is there, and no longer when it says that nobody is', async () => {
    const { client, told, gateway } = await startGateway(ends)
    await eventually('the alarm', () => told())
    await say(client, 2)
    await eventually('the end of the alarm', () => told()?.endedAt)
    expect(gateway.health.report().listening.people).toBe(2)
    await say(client, 0)
    await eventually('another alarm', () => (told()?.endedAt === undefined ? true : undefined))
    // What is retained says nothing about now; another's name, and what is no responder, is refused.
    const topic = topics('vital-edge', 'gw').responder('nobody')
    await client.publishAsync(topic, JSON.stringify({ schemaVersion, responder: 'somebody', people: 1 }))
    await client.publishAsync(topic, 'hello')
    await eventually('both are refused', () => {
      const { refused } = gateway.health.report()
      return refused['bad-responder']?.count === 2 || undefined
    })
    expect(gateway.health.report().listening.people).toBe(0)
  }, 60_000)

  it('counts a webhook for people as long as it takes what it is sent, and tells it by escalation whoever else listens', async () => {
    const calls = new Set<string>()
    let status = 500
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        const toArchive = request.url === '/archive'
        calls.add(`${toArchive ? 'archive' : 'on-call'} ${alarmSchema.parse(JSON.parse(body)).code}`)
        response.writeHead(toArchive ? 200 : status).end()
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    ends.push(() => server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const { told, gateway } = await startGateway(ends, {
      // One that is never heard: its silence is escalated to a webhook that does not take it.
      assignments: [{ device: 'd-1', wearer: 'w-1' }],
      limits: { silenceSeconds: 1 },
      escalation: [{ afterSeconds: 1 }],
      sinks: [
        { kind: 'webhook', name: 'on-call', url, fromLevel: 1 },
        { kind: 'webhook', name: 'archive', url: `${url}archive`, audience: 'programs' },
      ],
    })
    expect(gateway.health.report().listening).toEqual({ people: 0, destinations: 1 })
    await eventually('the alarm', () => told())
    expect(gateway.health.report().listening).toEqual({ people: 0, destinations: 0 })
    expect(calls).toContain('on-call device-silent')
    status = 200
    await eventually('the end of the alarm', () => told()?.endedAt)
    expect(gateway.health.report().listening).toEqual({ people: 0, destinations: 1 })
    await eventually(
      'the on-call service hears of it by escalation',
      () => calls.has('on-call nobody-listening') || undefined,
    )
    expect(calls).toContain('archive nobody-listening')
  }, 60_000)
})

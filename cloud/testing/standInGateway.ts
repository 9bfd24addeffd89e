import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { Aedes } from 'aedes'
import { connectAsync } from 'mqtt'
import { alarmSchema, requestSchema, topics } from '../../edge/messages.ts'
import type { Alarm, Assignment, Request, Response, Summary, WearerStatus } from '../../edge/messages.ts'

/** A real broker on a free port of the loopback address. */
export async function startBroker(port = 0) {
  const broker = await Aedes.createBroker()
  const server = createServer((socket) => broker.handle(socket)).listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { port: taken } = server.address() as AddressInfo
  return {
    url: `mqtt://127.0.0.1:${taken}`,
    port: taken,
    broker,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      await new Promise<void>((resolve) => broker.close(resolve))
      await closed
    },
  }
}

/** Speaks on a broker as a gateway does, and answers requests by the contract; it measures nothing. */
export async function startStandInGateway(url: string, id = 'g1', base = 'vital-edge') {
  const topic = topics(base, id)
  const client = await connectAsync(url, {
    will: {
      topic: topic.state,
      payload: Buffer.from(JSON.stringify({ schemaVersion: 1, gateway: id, state: 'offline' })),
      qos: 1,
      retain: true,
    },
  })
  const alarms = new Map<string, Alarm>()
  const assignments: Assignment[] = []
  const requests: Request[] = []
  let answers = true

  const publish = (to: string, message: object, retain: boolean) =>
    client.publishAsync(to, JSON.stringify(message), { qos: 1, retain })

  async function alarm(message: Alarm): Promise<void> {
    alarms.set(message.id, message)
    await publish(topic.alarm(message.id), message, message.state !== 'normal')
    if (message.state === 'normal') await client.publishAsync(topic.alarm(message.id), '', { qos: 1, retain: true })
  }

  async function answer(request: Request): Promise<Response> {
    const ok = { schemaVersion: 1, requestId: request.requestId, ok: true } as const
    const no = { ...ok, ok: false } as const
    switch (request.action) {
      case 'acknowledge': {
        const known = alarms.get(request.alarm)
        if (known === undefined) return { ...no, error: 'not-found', detail: `no alarm "${request.alarm}"` }
        const { by, comment } = request
        const acknowledged = { by, ...(comment === undefined ? {} : { comment }), at: new Date().toISOString() }
        const state = known.endedAt === undefined ? 'active-acknowledged' : 'normal'
        const next = alarmSchema.parse({ ...known, state, acknowledged, revision: known.revision + 1 })
        await alarm(next)
        return { ...ok, alarm: next }
      }
      case 'assign':
        assignments.push(request.assignment)
        return { ...ok, assignments }
      case 'release':
        assignments.splice(0, assignments.length, ...assignments.filter(({ device }) => device !== request.device))
        return { ...ok, assignments }
      case 'observe':
      case 'pause-audio':
      case 'shelve':
      case 'unshelve':
      case 'out-of-service':
      case 'in-service':
      case 'set-limits':
        return ok
      case 'list-devices':
        return { ...ok, devices: [aDevice(`d-${id}`)], assignments }
      case 'get-evidence':
        if (!alarms.has(request.alarm))
          return { ...no, error: 'not-found', detail: `no evidence of "${request.alarm}"` }
        return { ...ok, evidence: partOf(Buffer.from(`evidence of ${request.alarm}`), request.offset) }
    }
  }

  client.on('message', (_topic, payload) => {
    const request = requestSchema.parse(JSON.parse(payload.toString()))
    requests.push(request)
    if (answers) void answer(request).then((response) => publish(topic.response(request.requestId), response, false))
  })
  await client.subscribeAsync(topic.request, { qos: 1 })
  await publish(topic.state, { schemaVersion: 1, gateway: id, state: 'online' }, true)

  return {
    requests,
    alarm,
    heartbeat: (at = new Date().toISOString()) =>
      publish(topic.health, { schemaVersion: 1, gateway: id, state: 'online', at, uptimeSeconds: 1 }, true),
    status: (message: WearerStatus) => publish(topic.wearerStatus(message.id), message, true),
    summary: (message: Summary) => publish(topic.wearerSummary(message.wearer), message, false),
    raw: (to: string, payload: string | Buffer) => client.publishAsync(to, payload, { qos: 1 }),
    /** From now on requests are heard and not answered. */
    fallMute: () => (answers = false),
    /** The connection breaks off without a farewell, so that the broker speaks the last will. */
    breakOff: () => client.stream.destroy(),
    stop: () => client.endAsync(true),
  }
}

/** So little at a time that it takes several requests. */
function partOf(bytes: Buffer, offset: number) {
  return { base64: bytes.subarray(offset, offset + 10).toString('base64'), totalBytes: bytes.length }
}

function aDevice(id: string) {
  return { id, source: 'mqtt', lastHeardAt: '2026-01-01T00:00:00.000Z', records: 10, lostFrames: 0, duplicates: 0 }
}

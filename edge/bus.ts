import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import mqtt, { type MqttClient } from 'mqtt'
import type { GatewayConfig } from './config.ts'
import { describeIssues } from './configFile.ts'
import type { Asked } from './flow.ts'
import {
  requestSchema,
  responderSchema,
  schemaVersion,
  topics,
  type Availability,
  type Heartbeat,
  type Response,
  type Summary,
  type WearerStatus,
} from './messages.ts'
import { Responders } from './responders.ts'
import { credentials } from './sources/mqtt.ts'
import { isoOf, wallClock } from './time.ts'

/** Bytes. */
const longestRequest = 10_000

/** The gateway's own voice on MQTT: whether it is there, how it is, what it sees, and answers to requests. */
export class Bus {
  readonly client: MqttClient
  readonly topic: ReturnType<typeof topics>
  /** Who says on the broker that alarms are heard there. */
  readonly responders = new Responders(() => performance.now())
  readonly #gateway: string
  readonly #refused: (reason: string, detail: string, bytes: Uint8Array) => void

  constructor(
    gateway: string,
    broker: GatewayConfig['mqtt'],
    asked: (asked: Asked) => void,
    refused: (reason: string, detail: string, bytes: Uint8Array) => void,
  ) {
    this.#gateway = gateway
    this.#refused = refused
    this.topic = topics(broker.base, gateway)
    this.client = mqtt.connect(broker.url, {
      clientId: `vital-edge-${gateway}-bus-${randomUUID().slice(0, 8)}`,
      ...credentials(broker),
      reconnectPeriod: 1000,
      reconnectOnConnackError: true,
      will: {
        topic: this.topic.state,
        payload: Buffer.from(JSON.stringify(this.#heartbeat('offline'))),
        qos: 1,
        retain: true,
      },
    })
    this.client.on('connect', () => {
      this.#publish(this.topic.state, this.#heartbeat('online'), { retain: true, qos: 1 })
      this.client.subscribe(this.topic.request, { qos: 1 })
      this.client.subscribe(this.topic.responder('+'), { qos: 0 })
    })
    this.client.on('close', () => this.responders.clear())
    // The connection's state is shown in health; MQTT.js tries again by itself.
    this.client.on('error', () => undefined)
    const responders = this.topic.responder('')
    this.client.on('message', (topic, payload, { retain }) => {
      if (topic.startsWith(responders)) this.#hear(topic.slice(responders.length), payload, retain)
      else this.#take(payload, asked)
    })
  }

  get connected(): boolean {
    return this.client.connected
  }

  health(health: object): void {
    this.#publish(this.topic.health, { ...this.#heartbeat('online'), health }, { retain: true })
  }

  availability(availability: Availability): void {
    this.#publish(this.topic.availability(availability.device), availability, { retain: true, qos: 1 })
  }

  status(status: WearerStatus): void {
    this.#publish(this.topic.wearerStatus(status.id), status, { retain: true })
  }

  summary(summary: Summary): void {
    this.#publish(this.topic.wearerSummary(summary.wearer), summary, {})
  }

  /** Says goodbye, if the broker takes it soon, and closes. */
  async stop(): Promise<void> {
    if (this.client.connected) {
      const goodbye = JSON.stringify(this.#heartbeat('offline'))
      const said = this.client.publishAsync(this.topic.state, goodbye, { qos: 1, retain: true }).catch(() => undefined)
      await Promise.race([said, sleep(500, undefined, { ref: false })])
    }
    this.client.end(true)
  }

  #hear(name: string, payload: Uint8Array, retained: boolean): void {
    // What the broker remembers says nothing about now.
    if (retained || payload.length === 0) return
    const { success, data } = responderSchema.safeParse(payload.length > longestRequest ? undefined : jsonOf(payload))
    if (!success || data.responder !== name)
      return this.#refused(
        'bad-responder',
        `responders/${name}: expected a responder of that name`,
        payload.slice(0, 64),
      )
    if (!this.responders.hear(data)) this.#refused('too-many-responders', `no room for ${name}`, payload.slice(0, 64))
  }

  #take(payload: Uint8Array, asked: (asked: Asked) => void): void {
    if (payload.length > longestRequest)
      return this.#refused(
        'bad-request',
        `request: expected at most ${longestRequest} bytes, received ${payload.length}`,
        payload.slice(0, 64),
      )
    const value = jsonOf(payload)
    if (value === undefined) return this.#refused('bad-request', 'request: expected JSON', payload.slice(0, 64))
    const parsed = requestSchema.safeParse(value)
    if (parsed.success)
      return asked({ kind: 'request', request: parsed.data, at: isoOf(wallClock()), respond: (r) => this.#respond(r) })
    const detail = describeIssues(parsed.error.issues, value).join('; ')
    this.#refused('bad-request', `request: ${detail}`, payload.slice(0, 64))
    const { requestId } = Object(value) as { requestId?: unknown }
    if (typeof requestId === 'string' && /^[A-Za-z0-9][\w.-]{0,63}$/.test(requestId))
      this.#respond({ schemaVersion, requestId, ok: false, error: 'invalid', detail })
  }

  #respond(response: Response): void {
    this.#publish(this.topic.response(response.requestId), response, { qos: 1 })
  }

  #heartbeat(state: Heartbeat['state']): Heartbeat {
    return { schemaVersion, gateway: this.#gateway, state, at: isoOf(wallClock()) }
  }

  /** Live messages are worth nothing later: without a connection they are left out. What must not be lost goes by the outbox. */
  #publish(topic: string, message: object, options: { retain?: boolean; qos?: 0 | 1 }): void {
    if (this.client.connected) this.client.publish(topic, JSON.stringify(message), { qos: 0, ...options })
  }
}

/** JSON, or undefined for what is none. */
function jsonOf(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload)) as unknown
  } catch {
    return undefined
  }
}

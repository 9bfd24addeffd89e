import { randomUUID } from 'node:crypto'
import { connect } from 'mqtt'
import type { MqttClient } from 'mqtt'
import { Subject } from 'rxjs'
import { schemaVersion, topics } from '../edge/messages.ts'
import type { Alarm, Request, Response, Summary, WearerStatus } from '../edge/messages.ts'
import { readMessage, rejectReasons, topicFilters } from './liveMessages.ts'
import type { LiveMessage, RejectReason } from './liveMessages.ts'
import type { GatewayView } from './view.ts'

export interface LiveOptions {
  /** `mqtt://host:1883`, `mqtts://…`. */
  url: string
  username?: string | undefined
  password?: string | undefined
  /** First part of every topic. */
  base: string
  /** Listen to this gateway alone; absent: to every one below `base`. */
  gateway?: string | undefined
  /** How long a gateway may take to answer a request, in ms. */
  requestTimeoutMs?: number | undefined
  /** How long after subscribing retained messages may take to come, in ms; then what did not come again is stale. */
  retainedSettleMs?: number | undefined
}

export type LiveChange =
  | { kind: 'alarm'; alarm: Alarm }
  | { kind: 'status'; status: WearerStatus }
  | { kind: 'summary'; summary: Summary }
  /** `retained`: the broker's memory of the gateway, not a sign of life. */
  | { kind: 'heartbeat'; gateway: string; at: string | undefined; retained: boolean }
  | { kind: 'offline'; gateway: string }
  | { kind: 'gateway-cleared'; gateway: string }
  | { kind: 'broker'; connected: boolean }

/** What a request body is: a request without the parts that `request` fills in. */
export type RequestBody = Request extends infer R
  ? R extends Request
    ? Omit<R, 'schemaVersion' | 'requestId'>
    : never
  : never

/** No answer to a request: nobody knows whether it was heard. */
export class GatewayUnreachable extends Error {}

/** Limits of what is kept in memory; beyond them new ones are counted as `full` (alarms: old ones give way). */
const most = { alarms: 5000, statuses: 10_000, gateways: 1000, requests: 1000 }

/**
 * What all gateways say at this moment: subscribes to their topics below one base, checks each message, keeps the last
 * state and tells of changes. Connects again by itself for as long as it takes.
 */
export class Live {
  readonly changes = new Subject<LiveChange>()
  /** By id. A higher revision replaces a lower one, whoever brings it. */
  readonly alarms = new Map<string, Alarm>()
  /** By wearer, then by gateway. */
  readonly statuses = new Map<string, Map<string, WearerStatus>>()
  /** The newest summary of each wearer. */
  readonly summaries = new Map<string, Summary>()
  readonly gateways = new Map<string, GatewayView>()
  readonly rejected = Object.fromEntries(rejectReasons.map((reason) => [reason, 0])) as Record<RejectReason, number>
  messages = 0

  private readonly options: LiveOptions
  private client: MqttClient | undefined
  /** As which it connects, and answers for the people at its pages. */
  private readonly name = `vital-edge-cloud-${randomUUID().slice(0, 8)}`
  private readonly waiting = new Map<string, (response: Response) => void>()
  /** Ids of alarms that came over MQTT since the last connection, to find those that ended while we did not listen. */
  private confirmed = new Set<string>()
  private settling: NodeJS.Timeout | undefined

  constructor(options: LiveOptions) {
    this.options = options
  }

  get connected(): boolean {
    return this.client?.connected ?? false
  }

  /** Connects; resolves when subscribed, or at the first failure: it then goes on trying. */
  async start(): Promise<void> {
    const { url, username, password } = this.options
    const client = connect(url, {
      clientId: this.name,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      reconnectPeriod: 1000,
      connectTimeout: 5000,
      keepalive: 15,
      resubscribe: false,
    })
    this.client = client
    client.on('message', (topic, payload, packet) =>
      this.accept(readMessage(this.options.base, topic, payload), packet.retain),
    )
    client.on('close', () => this.changes.next({ kind: 'broker', connected: false }))
    // Without a listener an error would end the process; the state is seen in `connected`.
    client.on('error', () => undefined)
    await new Promise<void>((resolve) => {
      client.on('connect', () => void this.subscribe(client).then(resolve, () => client.reconnect()))
      client.once('close', resolve)
    })
  }

  async stop(): Promise<void> {
    clearTimeout(this.settling)
    await this.client?.endAsync(true)
    this.changes.complete()
  }

  /**
   * Asks one gateway for something and gives its answer.
   *
   * @throws GatewayUnreachable where the broker is away or no answer came in time
   */
  async request(gateway: string, body: RequestBody): Promise<Response> {
    const { client } = this
    if (!client?.connected) throw new GatewayUnreachable(`gateway "${gateway}": the MQTT broker cannot be reached`)
    if (this.waiting.size >= most.requests) throw new GatewayUnreachable(`gateway "${gateway}": too many requests wait`)
    const timeoutMs = this.options.requestTimeoutMs ?? 5000
    const requestId = `cloud-${randomUUID()}`
    const answer = new Promise<Response>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(requestId)
        reject(new GatewayUnreachable(`gateway "${gateway}" did not answer within ${timeoutMs / 1000} s`))
      }, timeoutMs)
      // Nobody waits for the answer once everything else has ended.
      timer.unref()
      this.waiting.set(requestId, (response) => {
        clearTimeout(timer)
        this.waiting.delete(requestId)
        resolve(response)
      })
    })
    // QoS 0: a request that nobody heard must not be kept by the broker and carried out hours later.
    client.publish(topics(this.options.base, gateway).request, JSON.stringify({ schemaVersion, requestId, ...body }))
    return answer
  }

  /** Tells every gateway that so many people see its alarms here and can answer them. */
  announce(people: number): void {
    const message = JSON.stringify({ schemaVersion, responder: this.name, people })
    if (this.connected)
      for (const gateway of this.gateways.keys())
        this.client?.publish(topics(this.options.base, gateway).responder(this.name), message)
  }

  /** Takes an alarm from any source, unless a newer revision is there. */
  putAlarm(alarm: Alarm): void {
    if ((this.alarms.get(alarm.id)?.revision ?? 0) >= alarm.revision) return
    this.alarms.set(alarm.id, alarm)
    if (this.alarms.size > most.alarms) this.dropOldest()
    this.changes.next({ kind: 'alarm', alarm })
  }

  /** Drops all that is known of a wearer; what a gateway says of them later is taken again. */
  forget(wearer: string): void {
    this.statuses.delete(wearer)
    this.summaries.delete(wearer)
    for (const alarm of this.alarms.values()) if (alarm.wearer === wearer) this.alarms.delete(alarm.id)
  }

  private async subscribe(client: MqttClient): Promise<void> {
    this.confirmed = new Set()
    await client.subscribeAsync(topicFilters(this.options.base, this.options.gateway), { qos: 1 })
    clearTimeout(this.settling)
    this.settling = setTimeout(() => this.dropUnconfirmed(), this.options.retainedSettleMs ?? 3000)
    this.changes.next({ kind: 'broker', connected: true })
  }

  private accept(message: LiveMessage, retained: boolean): void {
    this.messages += 1
    switch (message.kind) {
      case 'state':
      case 'health':
        return this.acceptHeartbeat(message, retained)
      case 'alarm':
        this.confirmed.add(message.alarm.id)
        return this.putAlarm(message.alarm)
      case 'alarm-cleared':
        // Back to normal: the store tells the rest of its life. What was seen as normal stays until there is need of room,
        // for the store may learn of it a little later.
        if (this.alarms.get(message.id)?.state !== 'normal') this.alarms.delete(message.id)
        return
      case 'status':
        return this.acceptStatus(message.status)
      case 'status-cleared':
        this.statuses.get(message.wearer)?.delete(message.gateway)
        return
      case 'summary':
        if (message.summary.at < (this.summaries.get(message.summary.wearer)?.at ?? '')) return
        if (!this.hasRoom(this.summaries, message.summary.wearer, most.statuses)) return
        this.summaries.set(message.summary.wearer, message.summary)
        return this.changes.next({ kind: 'summary', summary: message.summary })
      case 'response':
        return this.waiting.get(message.response.requestId)?.(message.response)
      case 'gateway-cleared':
        this.gateways.delete(message.gateway)
        return this.changes.next(message)
      case 'rejected':
        this.rejected[message.reason] += 1
    }
  }

  private acceptHeartbeat(message: LiveMessage & { kind: 'state' | 'health' }, retained: boolean): void {
    const { gateway: id } = message
    if (!this.hasRoom(this.gateways, id, most.gateways)) return
    const before = this.gateways.get(id)
    const offline = message.kind === 'state' && message.state === 'offline'
    const said = message.kind === 'state' ? message.at : message.health.at
    const at = said ?? (retained ? undefined : new Date().toISOString())
    const lastHeardAt = offline ? before?.lastHeardAt : newest(before?.lastHeardAt, at)
    // A retained heartbeat says nothing about now; only the retained state does.
    const state = message.kind === 'state' ? message.state : retained ? (before?.state ?? 'online') : 'online'
    const health = message.kind === 'health' ? message.health : before?.health
    this.gateways.set(id, { id, state, ...(lastHeardAt ? { lastHeardAt } : {}), ...(health ? { health } : {}) })
    this.changes.next(
      offline ? { kind: 'offline', gateway: id } : { kind: 'heartbeat', gateway: id, at: said, retained },
    )
  }

  private acceptStatus(status: WearerStatus): void {
    if (!this.hasRoom(this.statuses, status.id, most.statuses)) return
    const ofWearer = this.statuses.get(status.id) ?? new Map<string, WearerStatus>()
    this.statuses.set(status.id, ofWearer.set(status.gateway, status))
    this.changes.next({ kind: 'status', status })
  }

  private hasRoom<T>(map: ReadonlyMap<string, T>, key: string, limit: number): boolean {
    const room = map.has(key) || map.size < limit
    if (!room) this.rejected.full += 1
    return room
  }

  /** What is over gives way first; everything is in the store as well. */
  private dropOldest(): void {
    const oldest = [...this.alarms.values()].find((alarm) => alarm.state === 'normal') ?? [...this.alarms.values()][0]
    if (oldest) this.alarms.delete(oldest.id)
  }

  /** Forgets alarms that ended while the connection was lost: their retained message did not come again. */
  private dropUnconfirmed(): void {
    for (const alarm of this.alarms.values()) {
      if (alarm.code !== 'gateway-silent' && alarm.state !== 'normal' && !this.confirmed.has(alarm.id)) {
        this.alarms.delete(alarm.id)
      }
    }
    this.confirmed = new Set()
  }
}

function newest(a: string | undefined, b: string | undefined): string | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a
}

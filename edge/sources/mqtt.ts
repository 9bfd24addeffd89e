import mqtt from 'mqtt'
import { Observable } from 'rxjs'
import type { Decoder } from '../../firmware-bridge/decoders.ts'
import { encodedPayload } from '../../firmware-bridge/encodedPayload.ts'
import type { Decoded, DecodeFault, PayloadDecoder } from '../../firmware-bridge/records.ts'
import type { GatewayConfig, MqttSourceConfig } from '../config.ts'
import type { Input } from '../flow.ts'
import { wallClock } from '../time.ts'
import { deferAcks } from './deferredAcks.ts'
import { topicPattern } from './topicPattern.ts'

/**
 * Messages of a broker as arrivals. The session is persistent and each message is acknowledged only after its commit, so
 * that the broker keeps what a crash would lose. Reconnects by itself until unsubscribed.
 */
export function mqttSource(
  config: MqttSourceConfig,
  gateway: string,
  broker: GatewayConfig['mqtt'],
  decoderOf: (name: string) => Decoder,
): Observable<Input> {
  const routes = config.topics.map(({ pattern, decoder, encoding, device }) => ({
    pattern,
    decodeFor: byDevice(() => encodedPayload(encoding, decoderOf(decoder).messages())),
    deviceOf: topicPattern(pattern, device),
    // The broker keeps messages with QoS 1 for a gateway that is away: what does not say when it was measured would come as new.
    qos: decoderOf(decoder).timeless === true ? (0 as const) : (1 as const),
  }))
  return new Observable((subscriber) => {
    const client = mqtt.connect(config.url ?? broker.url, {
      ...newest,
      clientId: `vital-edge-${gateway}-${config.name}`,
      clean: false,
      ...credentials(config.url === undefined ? broker : config),
      resubscribe: false,
      reconnectPeriod: reconnectMillis,
      // A broker that refuses today may take us tomorrow.
      reconnectOnConnackError: true,
    })
    const acknowledgeLater = deferAcks(client)
    const version = fallBack(client)
    const state = (connected: boolean, detail?: string): void =>
      subscriber.next({ kind: 'source', source: config.name, connected, ...(detail !== undefined && { detail }) })
    client.on('connect', () => {
      client
        .subscribeAsync(Object.fromEntries(routes.map(({ pattern, qos }) => [pattern, { qos }])))
        .then(() => state(true))
        .catch((error: unknown) => state(false, `subscribe: ${String(error)}`))
    })
    client.on('close', () => state(false))
    client.on('error', (error) => state(false, error.message))
    client.on('message', (topic, payload, packet) => {
      const arrival = {
        kind: 'arrival' as const,
        source: config.name,
        receivedAt: wallClock(),
        acknowledge: acknowledgeLater(packet),
        ...(version() === newest.protocolVersion && { ahead: messagesAhead }),
        ...(packet.dup && { repeated: true }),
      }
      for (const { decodeFor, deviceOf } of routes) {
        const device = deviceOf(topic)
        if (device === undefined) continue
        if (typeof device === 'string')
          subscriber.next({ ...arrival, device, records: fresh(packet, decoded(decodeFor(device), payload)) })
        else subscriber.next({ ...arrival, device: '', records: [badTopic(topic, payload, device)] })
        return
      }
      // A topic of an earlier configuration, still subscribed in the persistent session.
      subscriber.next({
        ...arrival,
        device: '',
        records: [badTopic(topic, payload, new Error('no pattern of this source matches'))],
      })
    })
    return () => {
      client.end(false, { reasonCode: 0 })
    }
  })
}

/** With MQTT 5 a broker is told how many messages it may send while none is acknowledged: the disk is then written seldom. */
const messagesAhead = 1000
const newest = {
  protocolVersion: 5 as const,
  // The session is kept for ever, as it is with MQTT 3.1.1.
  properties: { receiveMaximum: 2 * messagesAhead, sessionExpiryInterval: 0xffff_ffff },
}
const reconnectMillis = 1000
const unsupportedVersion: ReadonlySet<unknown> = new Set([1, 132])

/** Goes on with MQTT 3.1.1 where a broker does not know 5: it says so, or just hangs up. @returns the version in use */
function fallBack(client: mqtt.MqttClient): () => number | undefined {
  let heardOf = false
  const version = (): number | undefined => client.options.protocolVersion
  const older = (): void => {
    client.options.protocolVersion = 4
    delete client.options.properties
    // At once: what is sent before it is there for the first time, nobody keeps.
    client.options.reconnectPeriod = 20
  }
  client.on('connect', () => {
    heardOf = true
    client.options.reconnectPeriod = reconnectMillis
  })
  client.on('error', (error) => {
    if (version() === newest.protocolVersion && unsupportedVersion.has((error as { code?: unknown }).code)) older()
    // Nobody answers at all: that says nothing about versions.
    else heardOf = true
  })
  client.on('close', () => {
    if (!heardOf) older()
    heardOf = false
  })
  return version
}

/** As many devices as may be known without being worn; beyond, the one heard first is decoded afresh. */
const rememberedDevices = 1000

/** A decoder for each device: some formats need what came before. */
function byDevice(make: () => PayloadDecoder): (device: string) => PayloadDecoder {
  const decoders = new Map<string, PayloadDecoder>()
  return (device) => {
    let decode = decoders.get(device)
    if (decode === undefined) {
      decoders.set(device, (decode = make()))
      const [first] = decoders.keys()
      if (decoders.size > rememberedDevices && first !== undefined) decoders.delete(first)
    }
    return decode
  }
}

/** Decoders do not throw; if one does all the same, it costs this message and not the gateway. */
function decoded(decode: PayloadDecoder, payload: Uint8Array): Decoded[] {
  try {
    return decode(payload)
  } catch (error) {
    return [{ kind: 'fault', reason: 'bad-value', detail: `decoder: ${String(error)}`, bytes: payload.slice(0, 64) }]
  }
}

/** A message that the broker retained is as old as it may be: without an identity of its own it is no measurement. */
function fresh({ retain, payload }: mqtt.IPublishPacket, records: Decoded[]): Decoded[] {
  if (!retain || records.every((record) => record.kind === 'fault' || 'bootId' in record)) return records
  const detail = 'expected a message as it is sent, received one that the broker retained, of an unknown time'
  return [{ kind: 'fault', reason: 'bad-value', detail, bytes: Buffer.from(payload).subarray(0, 64) }]
}

function badTopic(topic: string, payload: Uint8Array, error: Error): DecodeFault {
  const detail = `topic ${JSON.stringify(topic.slice(0, 100))}: ${error.message}`
  return { kind: 'fault', reason: 'bad-value', detail, bytes: payload.slice(0, 64) }
}

/** User name and password, where there are any. */
export function credentials({ username, password }: { username?: string | undefined; password?: string | undefined }) {
  return { ...(username !== undefined && { username }), ...(password !== undefined && { password }) }
}

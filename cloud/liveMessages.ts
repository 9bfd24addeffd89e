import { z } from 'zod'
import { alarmSchema, heartbeatSchema, responseSchema, summarySchema, wearerStatusSchema } from '../edge/messages.ts'
import type { Alarm, Response, Summary, WearerStatus } from '../edge/messages.ts'

/** `bridge/health` carries what the gateway counts; beyond the heartbeat it is shown and never interpreted. */
const healthSchema = heartbeatSchema.partial({ state: true }).loose()
export type Health = z.infer<typeof healthSchema>

/** What one MQTT message of a gateway says. `cleared` topics had their retained message taken back. */
export type LiveMessage =
  | { kind: 'state'; gateway: string; state: 'online' | 'offline'; at?: string | undefined }
  | { kind: 'health'; gateway: string; health: Health }
  | { kind: 'alarm'; alarm: Alarm }
  | { kind: 'alarm-cleared'; gateway: string; id: string }
  | { kind: 'status'; status: WearerStatus }
  | { kind: 'status-cleared'; gateway: string; wearer: string }
  | { kind: 'summary'; summary: Summary }
  | { kind: 'response'; response: Response }
  | { kind: 'gateway-cleared'; gateway: string }
  | { kind: 'rejected'; reason: RejectReason }

export const rejectReasons = ['too-long', 'not-json', 'invalid', 'wrong-topic', 'unknown-topic', 'full'] as const
export type RejectReason = (typeof rejectReasons)[number]

/** Longer than any message of the contract, in bytes. */
const longestPayload = 256 * 1024
/** Objects and arrays within each other; what is nested deeper would end whoever writes it as JSON again. */
const deepest = 16

/** The topic filters that `readMessage` understands, for one gateway below `base`, or for all. */
export function topicFilters(base: string, gateway = '+'): string[] {
  const below = ['bridge/state', 'bridge/health', 'alarms/#', 'wearers/+/status', 'wearers/+/summary', 'response/+']
  return below.map((rest) => `${base}/${gateway}/${rest}`)
}

/** Reads one message; never throws: what cannot be read is `rejected` with a reason to count. */
export function readMessage(base: string, topic: string, payload: Uint8Array): LiveMessage {
  if (!topic.startsWith(`${base}/`)) return rejected('unknown-topic')
  const [gateway = '', area = '', ...rest] = topic.slice(base.length + 1).split('/')
  const name =
    area === 'alarms'
      ? 'alarms'
      : area === 'wearers'
        ? `wearers/${rest[1]}`
        : area === 'response'
          ? area
          : `${area}/${rest[0]}`
  if (payload.length === 0) return cleared(name, gateway, rest)
  if (payload.length > longestPayload) return rejected('too-long')
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch {
    return rejected('not-json')
  }
  if (isDeeperThan(deepest, json)) return rejected('invalid')
  switch (name) {
    case 'bridge/state':
      return read(heartbeatSchema, json, ({ state, at, ...beat }) =>
        beat.gateway === gateway ? { kind: 'state', gateway, state, at } : rejected('wrong-topic'),
      )
    case 'bridge/health':
      return read(healthSchema, json, (health) =>
        health.gateway === gateway ? { kind: 'health', gateway, health } : rejected('wrong-topic'),
      )
    case 'alarms':
      return read(alarmSchema, json, (alarm) =>
        alarm.gateway === gateway && alarm.id === rest.join('/') ? { kind: 'alarm', alarm } : rejected('wrong-topic'),
      )
    case 'wearers/status':
      return read(wearerStatusSchema, json, (status) =>
        status.gateway === gateway && status.id === rest[0] ? { kind: 'status', status } : rejected('wrong-topic'),
      )
    case 'wearers/summary':
      return read(summarySchema, json, (summary) =>
        summary.gateway === gateway && summary.wearer === rest[0]
          ? { kind: 'summary', summary }
          : rejected('wrong-topic'),
      )
    case 'response':
      return read(responseSchema, json, (response) =>
        response.requestId === rest[0] ? { kind: 'response', response } : rejected('wrong-topic'),
      )
    default:
      return rejected('unknown-topic')
  }
}

function cleared(name: string, gateway: string, rest: string[]): LiveMessage {
  if (name === 'alarms') return { kind: 'alarm-cleared', gateway, id: rest.join('/') }
  if (name === 'wearers/status') return { kind: 'status-cleared', gateway, wearer: rest[0] ?? '' }
  if (name === 'bridge/state') return { kind: 'gateway-cleared', gateway }
  return rejected('not-json')
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner))
}

function read<T>(schema: z.ZodType<T>, json: unknown, make: (value: T) => LiveMessage): LiveMessage {
  const result = schema.safeParse(json)
  return result.success ? make(result.data) : rejected('invalid')
}

function rejected(reason: RejectReason): LiveMessage {
  return { kind: 'rejected', reason }
}

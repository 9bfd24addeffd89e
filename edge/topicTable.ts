import { z } from 'zod'
import {
  alarmSchema,
  availabilitySchema,
  heartbeatSchema,
  healthMessageSchema,
  requestSchema,
  responderSchema,
  responseSchema,
  schemaVersion,
  summarySchema,
  topics,
  wearerStatusSchema,
} from './messages.ts'

/** One kind of message that goes over MQTT. */
export interface TopicRow {
  /** With `<base>`, `<gateway>` and others in the place of what varies. */
  topic: string
  /** Of its schema below `messages`. */
  message: string
  direction: 'from the gateway' | 'to the gateway'
  retained: 'yes' | 'no' | 'until normal'
  qos: 0 | 1
  what: string
  schema: z.ZodType
}

const at = topics('<base>', '<gateway>')
const from = 'from the gateway'
const to = 'to the gateway'

/** Every topic of a gateway, in the order in which a reader meets them. */
export const topicTable: readonly TopicRow[] = [
  {
    topic: at.state,
    message: 'heartbeat',
    direction: from,
    retained: 'yes',
    qos: 1,
    what: 'online or offline (last will)',
    schema: heartbeatSchema,
  },
  {
    topic: at.health,
    message: 'health',
    direction: from,
    retained: 'yes',
    qos: 0,
    what: 'every 5 s: counters, connections, what was refused last',
    schema: healthMessageSchema,
  },
  {
    topic: at.availability('<device>'),
    message: 'availability',
    direction: from,
    retained: 'yes',
    qos: 1,
    what: 'whether a device is heard; as long as the gateway is online',
    schema: availabilitySchema,
  },
  {
    topic: at.alarm('<id>'),
    message: 'alarm',
    direction: from,
    retained: 'until normal',
    qos: 1,
    what: 'the alarm with its revision; then an empty message',
    schema: alarmSchema,
  },
  {
    topic: at.wearerStatus('<wearer>'),
    message: 'wearerStatus',
    direction: from,
    retained: 'yes',
    qos: 0,
    what: 'watching since, or not watching because; vitals; coverage',
    schema: wearerStatusSchema,
  },
  {
    topic: at.wearerSummary('<wearer>'),
    message: 'summary',
    direction: from,
    retained: 'no',
    qos: 0,
    what: 'each second and each minute',
    schema: summarySchema,
  },
  {
    topic: at.request,
    message: 'request',
    direction: to,
    retained: 'no',
    qos: 1,
    what: 'acknowledge, shelve, pause-audio, out-of-service, observe, set-limits …',
    schema: requestSchema,
  },
  {
    topic: at.response('<requestId>'),
    message: 'response',
    direction: from,
    retained: 'no',
    qos: 1,
    what: 'the answer, once',
    schema: responseSchema,
  },
  {
    topic: at.responder('<name>'),
    message: 'responder',
    direction: to,
    retained: 'no',
    qos: 0,
    what: 'every 10 s: how many people are there (30 s without: 0)',
    schema: responderSchema,
  },
]

/**
 * Topics and the JSON Schema (draft 2020-12) of each payload.
 *
 * @param devicePayload the JSON Schema of what devices may send as JSON, on topics of the configuration's choice
 */
export function topicDocument(devicePayload: object) {
  const messages = Object.fromEntries(
    topicTable.map(({ message, schema }) => {
      const { $schema, ...rest } = z.toJSONSchema(schema, { io: 'input' })
      return [message, { $schema, $id: `vital-edge/${schemaVersion}/${message}`, ...rest }]
    }),
  )
  return {
    format: 'vital-edge-topics' as const,
    schemaVersion,
    topics: topicTable.map(({ topic, message, direction, retained, qos, what }) => ({
      topic,
      message,
      direction,
      retained,
      qos,
      what,
    })),
    messages: { ...messages, devicePayload },
  }
}

/** The same as a table for people. */
export function topicPage(): string {
  const rows = topicTable.map(
    ({ topic, message, direction, retained, qos, what }) =>
      `| \`${topic}\` | \`${message}\` | ${direction} | ${retained} | ${qos} | ${what} |`,
  )
  return [
    '| topic | message | direction | retained | QoS | what |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}

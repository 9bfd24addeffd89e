import { z } from 'zod'
import { defaultPortOptions } from '../firmware-bridge/port/portOptions.ts'
import { nobodyListeningSchema } from './detectors/nobodyListening.ts'
import { payloadEncodings } from '../firmware-bridge/textEncodings.ts'
import { alarmSettingsSchema } from './alarms/configured.ts'
import { escalationSchema } from './escalation/escalate.ts'
import { sinksSchema } from './sinks/sinkSchema.ts'
import { isTopicFilter, topicPattern } from './sources/topicPattern.ts'
import { assignmentSchema, identifier, schemaVersion } from './messages.ts'
import { dataKeySchema } from './state/dataKey.ts'
import { wearerLimitsSchema } from './wearerLimits.ts'

const port = z.int().min(0).max(65535)
const url = z.string().regex(/^(mqtt|mqtts|ws|wss):\/\/\S+$/, 'a broker URL such as "mqtt://127.0.0.1:1883"')
/** Names a decoder of the firmware bridge's list. */
const decoder = (names: readonly [string, ...string[]]) => z.enum(names)

/**
 * A topic filter whose wildcards are numbered: in `wearables/+/frame` the device may be called `{1}`. A device id must come
 * out of it, so at least one wildcard or a fixed id is needed.
 */
const topic = (decoders: readonly [string, ...string[]]) =>
  z
    .strictObject({
      pattern: z
        .string()
        .min(1)
        .max(500)
        .refine(isTopicFilter, { error: 'a topic filter: "+" alone in a level, "#" alone in the last' }),
      decoder: decoder(decoders),
      /** How the bytes were put into the message. */
      encoding: z.enum(payloadEncodings).default('binary'),
      device: z.string().min(1).max(100).default('{1}'),
    })
    .refine(
      ({ pattern, device }) =>
        topicPattern(pattern, device)(pattern.replace(/[+#]/g, 'x')) === device.replace(/\{\d+\}/g, 'x'),
      {
        path: ['device'],
        error: 'an id, or {1}, {2} … for as many wildcards as the pattern has',
      },
    )

const usbId = z
  .string()
  .regex(/^[0-9a-f]{4}$/i, 'four hexadecimal digits in quotes, such as "0403"')
  .optional()

/** Which serial port, and how it is read: `PortOptions` of the firmware bridge. */
const serialPort = {
  /** A device file; `/dev/serial/by-id/…` stays the same. Or else `port`. */
  path: z.string().min(1).optional(),
  /** What the port must say of itself; `vital-edge ports` shows it. */
  port: z
    .strictObject({
      serialNumber: z.string().min(1).optional(),
      vendorId: usbId,
      productId: usbId,
      manufacturer: z.string().min(1).optional(),
    })
    .refine((port) => Object.values(port).some((field) => field !== undefined), {
      error: 'at least one of serialNumber, vendorId, productId, manufacturer',
    })
    .optional(),
  baudRate: z.int().min(300).max(4_000_000).default(defaultPortOptions.baudRate),
  dataBits: z.literal([5, 6, 7, 8]).default(defaultPortOptions.dataBits),
  parity: z.enum(['none', 'even', 'odd']).default(defaultPortOptions.parity),
  stopBits: z.literal([1, 2]).default(defaultPortOptions.stopBits),
  /** Keeps other programs from opening it as well. */
  lock: z.boolean().default(defaultPortOptions.lock),
  /** After so long without a byte it is opened again; 0: never. */
  reopenAfterSeconds: z.number().min(0).max(86_400).default(defaultPortOptions.reopenAfterSeconds),
}

/** What the program's other folders add to a gateway's configuration; `cli.ts` puts them together. */
export interface ForeignParts<Http, Store> {
  http: z.ZodType<Http>
  store: z.ZodType<Store>
  decoders: readonly [string, ...string[]]
}

/** The gateway's configuration: every option, its default and its limits. */
export function gatewaySchema<Http, Store>({ http, store, decoders }: ForeignParts<Http, Store>) {
  return z.strictObject({
    schemaVersion: z.literal(schemaVersion),
    /** Unique among all gateways of a broker. */
    gateway: identifier,
    dataDirectory: z.string().min(1).default('vital-edge-data'),
    /** A bundle folder; absent: the one that ships with the program. */
    model: z.string().min(1).optional(),
    /** The same for the model of vital signs. */
    vitalsModel: z.string().min(1).optional(),
    /** The same for the model of a PPG's quality. */
    ppgModel: z.string().min(1).optional(),
    /** PEM file, Ed25519: only bundles signed with its private half run, also of those that ship with the program. */
    modelPublicKey: z.string().min(1).optional(),
    mqtt: z.strictObject({
      url,
      username: z.string().optional(),
      password: z.string().optional(),
      base: z
        .string()
        .regex(/^[^+#\s]+$/, 'a topic without wildcards')
        .default('vital-edge'),
    }),
    /** Runs a broker inside the gateway, for a box that has none. */
    broker: z.strictObject({ host: z.string().default('127.0.0.1'), port: port.default(1883) }).optional(),
    sources: z
      .strictObject({
        mqtt: z
          .array(
            z.strictObject({
              name: identifier,
              /** Absent: the broker under `mqtt`. */
              url: url.optional(),
              username: z.string().optional(),
              password: z.string().optional(),
              topics: z.array(topic(decoders)).min(1),
            }),
          )
          .default([]),
        serial: z
          .array(
            z
              .strictObject({
                name: identifier,
                ...serialPort,
                decoder: decoder(decoders).default('frame'),
                device: identifier,
              })
              .refine(({ path, port }) => (path === undefined) !== (port === undefined), {
                error: 'either path or port',
              }),
          )
          .default([]),
      })
      .refine(
        (s) => new Set([...s.mqtt, ...s.serial].map(({ name }) => name)).size === s.mqtt.length + s.serial.length,
        {
          error: 'a name that no other source has',
        },
      )
      .prefault({}),
    assignments: z.array(assignmentSchema).default([]),
    limits: z
      .strictObject({
        heartRatePerMinute: z.number().min(60).max(250).default(130),
        spo2Percent: z.number().min(50).max(99).default(88),
        silenceSeconds: z.number().min(1).max(3600).default(10),
      })
      .prefault({}),
    /** Limits of single wearers instead of those that hold for everybody, each with who has set them. */
    wearerLimits: z
      .array(wearerLimitsSchema)
      .refine((list) => new Set(list.map(({ wearer }) => wearer)).size === list.length, {
        error: 'one entry a wearer',
      })
      .default([]),
    /** What is otherwise than in the table of alarms, by code. */
    alarms: alarmSettingsSchema,
    /** Room for the evidence of alarms, in `dataDirectory`: beyond it that of old alarms gives way. */
    evidence: z
      .strictObject({
        maxBytes: z.int().min(1_000_000).default(268_435_456),
        maxFiles: z.int().min(10).default(5000),
      })
      .prefault({}),
    /** Encrypts the data file; absent: the environment variable VITAL_EDGE_DATA_KEY if it is there, else it is not encrypted. */
    dataKey: dataKeySchema.optional(),
    /** Longest time between a measurement and its commit to disk; alarms and requests wait for nothing. */
    commitSeconds: z.number().min(0.1).max(60).default(5),
    /** Room for what waits to be sent, in `dataDirectory`. */
    outbox: z.strictObject({ maxBytes: z.int().min(1_000_000).default(536_870_912) }).prefault({}),
    /** Destinations besides the broker and the store; those for people are told of alarms with the network down as well. */
    sinks: sinksSchema,
    /** Who else is told while nobody acknowledges: a destination of level n hears of an alarm from the n-th step on. */
    escalation: escalationSchema,
    /** An alarm where nobody is there to hear alarms: no open page, no responder on the broker, no destination for people that answers. */
    nobodyListening: nobodyListeningSchema,
    /** Where alarms and summaries go. */
    store,
    /** `/healthz`, and the dashboard where it is on. */
    http,
    dashboard: z.boolean().default(true),
  })
}

/** What the gateway itself needs of it. */
export type GatewayConfig = Omit<
  z.infer<ReturnType<typeof gatewaySchema<unknown, unknown>>>,
  'store' | 'http' | 'dashboard'
>
export type TopicConfig = GatewayConfig['sources']['mqtt'][number]['topics'][number]
export type MqttSourceConfig = GatewayConfig['sources']['mqtt'][number]
export type SerialSourceConfig = GatewayConfig['sources']['serial'][number]

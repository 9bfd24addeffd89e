import { z } from 'zod'
import { identifier } from '../edge/messages.ts'
import { tokenSchema, tokensOf } from './roles.ts'
import { isLoopback } from './security.ts'

const filled = z.string().min(1)

export const httpSchema = z.strictObject({
  host: filled.default('127.0.0.1'),
  port: z.int().min(0).max(65_535).default(8080),
  token: z.string().min(16, 'at least 16 characters').max(1000).optional(),
  tokens: z
    .array(tokenSchema)
    .max(100)
    .refine((tokens) => new Set(tokens.map(({ name }) => name)).size === tokens.length, 'each name once')
    .optional(),
  /** The log of acknowledgements and changes; absent: in memory only. */
  audit: filled.optional(),
  tls: z.strictObject({ cert: filled, key: filled }).optional(),
})
export type HttpOptions = z.infer<typeof httpSchema>

export const mqttSchema = z.strictObject({
  url: z.url({ protocol: /^(mqtts?|wss?|tcp|ssl)$/, error: 'an address such as mqtt://127.0.0.1:1883' }),
  username: filled.optional(),
  password: z.string().optional(),
  base: z
    .string()
    .regex(/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/, 'parts of letters, digits, "_", "-", joined by "/"')
    .default('vital-edge'),
})

export const storeSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('embedded'), file: filled }),
  z.strictObject({
    kind: z.literal('influx'),
    url: z.url({ protocol: /^https?$/, error: 'an address such as http://127.0.0.1:8086' }),
    database: identifier.default('vital-edge'),
    username: filled.optional(),
    password: z.string().optional(),
  }),
])
export type StoreOptions = z.infer<typeof storeSchema>

/** The file of `vital-edge cloud --config`; `cloud.example.yaml` explains every option. */
export const cloudConfigSchema = z
  .strictObject({
    schemaVersion: z.literal(1),
    http: httpSchema.prefault({}),
    mqtt: mqttSchema,
    store: storeSchema,
    silentAfterSeconds: z.number().min(10).max(3600).default(20),
  })
  .refine(({ http }) => isLoopback(http.host) || tokensOf(http).length > 0, {
    path: ['http', 'token'],
    error: 'a token, as http.host is not a loopback address',
  })
export type CloudConfig = z.infer<typeof cloudConfigSchema>

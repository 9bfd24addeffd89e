import { z } from 'zod'
import { identifier } from '../messages.ts'

/** What every destination has: a name of its own, under which things wait for it, and from which escalation on it is told. */
const common = {
  name: identifier,
  /** Alarms only once they were escalated so far; 0: at once. */
  fromLevel: z.int().min(0).max(10).default(0),
}
/** Whether somebody hears of it who can act; a destination that merely keeps alarms does not count as somebody who listens. */
const audience = z.enum(['people', 'programs']).default('people')
const seconds = (usual: number) => z.number().min(0.1).max(14).default(usual)

/** A file that grows: one JSON line for each alarm revision and, if asked for, summary. */
const file = z.strictObject({
  kind: z.literal('file'),
  ...common,
  path: z.string().min(1),
  takes: z.enum(['alarms', 'everything']).default('everything'),
  /** Beyond it the file becomes `<path>.1`, this one `<path>.2`, and so on. */
  maxBytes: z.int().min(1000).default(16_777_216),
  /** Older ones that are kept. */
  keep: z.int().min(1).max(100).default(4),
})

/** An HTTP server that takes each alarm revision by POST. */
const webhook = z.strictObject({
  kind: z.literal('webhook'),
  ...common,
  audience,
  url: z.url({ protocol: /^https?$/, error: 'an address such as https://example.org/alarms' }),
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/, 'a header name'), z.string()).default({}),
  /** Signs the body: `x-vital-edge-signature: sha256=<HMAC-SHA256, hexadecimal>`. */
  secret: z.string().min(16, 'at least 16 characters').optional(),
  timeoutSeconds: seconds(10),
})

/** A program that is run for each alarm revision, with its JSON on standard input. */
const command = z.strictObject({
  kind: z.literal('command'),
  ...common,
  audience,
  /** The program and its arguments; no shell reads them. */
  command: z.array(z.string().min(1)).min(1),
  timeoutSeconds: seconds(10),
})

export const sinkSchema = z.discriminatedUnion('kind', [file, webhook, command])
export type SinkConfig = z.infer<typeof sinkSchema>
export type FileSinkConfig = z.infer<typeof file>
export type WebhookSinkConfig = z.infer<typeof webhook>
export type CommandSinkConfig = z.infer<typeof command>

/** Names that are taken: the broker's, and those of the stores. */
const taken: ReadonlySet<string> = new Set(['mqtt', 'influx', 'embedded'])

export const sinksSchema = z
  .array(sinkSchema)
  .refine((sinks) => new Set(sinks.map(({ name }) => name)).size === sinks.length, {
    error: 'names that no other destination has',
  })
  .refine((sinks) => sinks.every(({ name }) => !taken.has(name)), {
    error: `names other than ${[...taken].join(', ')}`,
  })
  .default([])

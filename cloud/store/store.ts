import type { Alarm, Sink, Summary } from '../../edge/messages.ts'

/**
 * Where alarms and summaries rest. Calling rules:
 *
 * - `sink.write` resolves when every item is durable, and rejects otherwise: then any part of them may have been
 *   written, and writing all of them again is right. A resend overwrites.
 * - An item that no store can hold (not of the schema, or at a time beyond 64 bits of nanoseconds, years 1677 to 2262)
 *   makes `sink.write` reject with `RefusedForGood` before anything is written.
 * - An alarm of a lower revision never replaces one of a higher revision, in whatever order they are written. Alarms
 *   have one writer each: the gateway that raised them, or the cloud for `gateway-silent`.
 * - Queries may hold any text: it is bound or escaped, never part of a statement.
 * - `stop` waits for work in flight, for a second at most; afterwards every call rejects.
 */
export interface Store {
  readonly kind: 'embedded' | 'influx'
  readonly sink: Sink
  /** Newest onset first. */
  alarms(query: AlarmQuery): Promise<AlarmPage>
  alarm(id: string): Promise<Alarm | undefined>
  /** Everyone of whom a summary was ever stored, with the newest one. */
  wearers(): Promise<KnownWearer[]>
  /** The newest `limit` summaries of one wearer in `from <= at < to`, oldest first. */
  summaries(query: SummaryQuery): Promise<Summary[]>
  /** Takes away every alarm and summary of a wearer; what is written afterwards is kept. */
  erase(wearer: string): Promise<void>
  /** Rows that were there but could not be read as what they should be; counted, never thrown. */
  unreadable(): number
  stop(): Promise<void>
}

export interface AlarmQuery {
  /** `active`: everything that still needs somebody, that is, all but `normal`. `all` by default. */
  state?: 'active' | 'all' | undefined
  wearer?: string | undefined
  limit: number
  /** `next` of the page before. */
  before?: string | undefined
}

export interface AlarmPage {
  alarms: Alarm[]
  /** Absent on the last page. */
  next?: string
}

export interface SummaryQuery {
  wearer: string
  spanSeconds: 1 | 60
  /** ISO 8601 UTC, inclusive. */
  from?: string | undefined
  /** ISO 8601 UTC, exclusive. */
  to?: string | undefined
  limit: number
}

export interface KnownWearer {
  id: string
  last: Summary
}

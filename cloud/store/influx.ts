import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { InfluxDB } from 'influx'
import type { INanoDate, IPoint } from 'influx'
import { RefusedForGood, series } from '../../edge/messages.ts'
import type { Alarm, Sink, Stored, Summary } from '../../edge/messages.ts'
import { alarmPoint, safeField, summaryFields, summaryPoint, toSummary, influxSchema } from './influxPoints.ts'
import type { AlarmTags } from './influxPoints.ts'
import { nanosecondsPerMillisecond, ordinal, readCursor } from './ordinal.ts'
import { RowReader, toPage } from './rows.ts'
import type { AlarmQuery, Store, SummaryQuery } from './store.ts'
import { expectStorable } from './storable.ts'
import { within } from './within.ts'

export interface InfluxOptions {
  /** `http://host:8086` or `https://…`. */
  url: string
  database: string
  username?: string | undefined
  password?: string | undefined
  /** How long one request may take before it counts as failed, in ms. */
  timeoutMs?: number | undefined
}

/**
 * The store on InfluxDB 1.x, or on a later version that answers its API. Connects at the first call, so that a server
 * that is down at start is only a failed write; creates the database if it is missing.
 *
 * Resends overwrite because a point is its measurement, tags and time, all made of the message alone. That an older
 * revision of an alarm replaces no newer one is seen to here, as InfluxDB cannot: writes go one after another, and each
 * first reads the revisions that are there. This holds for the one writer that each alarm has.
 */
export function openInfluxStore(options: InfluxOptions): Store {
  return new InfluxStore(options)
}

/** How long `stop` waits for requests in flight, in ms. */
const stopGraceMs = 1000

/** Callers have back-offs of their own; the client's would hold a stopped process for up to 10 s. */
const backoff = { getDelay: () => 300, next: () => backoff, reset: () => backoff }

class InfluxStore implements Store {
  readonly kind = 'influx'
  readonly sink: Sink
  private readonly influx: InfluxDB
  private readonly options: InfluxOptions
  private readonly reader = new RowReader()
  private databaseIsThere = false
  private writing: Promise<void> = Promise.resolve()
  private readonly inFlight = new Set<Promise<unknown>>()
  private open = true
  private readonly agent: HttpAgent
  private readonly ended = new AbortController()

  constructor(options: InfluxOptions) {
    const url = new URL(options.url)
    this.options = options
    this.agent = url.protocol === 'https:' ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
    this.influx = new InfluxDB({
      host: url.hostname,
      port: Number(url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port),
      protocol: url.protocol === 'https:' ? 'https' : 'http',
      ...(url.pathname === '/' ? {} : { path: url.pathname }),
      ...(options.username === undefined ? {} : { username: options.username }),
      ...(options.password === undefined ? {} : { password: options.password }),
      options: { agent: this.agent },
      database: options.database,
      schema: influxSchema.map((of) => ({ ...of, database: options.database })),
      pool: { requestTimeout: this.timeoutMs, maxRetries: 0, backoff },
    })
    this.sink = { name: 'influx', write: (items) => this.write(items), stop: () => this.stop() }
  }

  async alarms(query: AlarmQuery) {
    const conditions = [
      ...(query.state === 'active' ? [`"state" <> 'normal'`] : []),
      ...(query.wearer === undefined ? [] : ['"wearer" = $wearer']),
      ...(query.before === undefined ? [] : [`time < ${readCursor(query.before)}`]),
    ]
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
    const rows = await this.query<{ time: INanoDate; json: string }>(
      `SELECT "json" FROM "${series.alarms.measurement}" ${where} ORDER BY time DESC LIMIT ${query.limit + 1}`,
      { wearer: query.wearer ?? '' },
    )
    const page = rows.map((row) => ({ json: row.json, ordinal: row.time.getNanoTime() }))
    return toPage(page, query.limit, this.reader)
  }

  async alarm(id: string): Promise<Alarm | undefined> {
    const select = `SELECT "json" FROM "${series.alarms.measurement}" WHERE "id" = $id LIMIT 1`
    const [row] = await this.query<{ json: string }>(select, { id: safeField(id) })
    const alarm = row && this.reader.alarm(row.json)
    return alarm?.id === id ? alarm : undefined
  }

  async wearers() {
    const newest = new Map<string, Summary>()
    for (const span of [60, 1] as const) {
      const select = `SELECT * FROM "${series.summaries(span).measurement}" GROUP BY "wearer" ORDER BY time DESC LIMIT 1`
      for (const row of await this.query<SummaryRow>(select)) {
        const last = this.readSummary(row, span)
        if (last && last.at >= (newest.get(last.wearer)?.at ?? '')) newest.set(last.wearer, last)
      }
    }
    return [...newest].map(([id, last]) => ({ id, last })).sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  async summaries(query: SummaryQuery): Promise<Summary[]> {
    const conditions = [
      '"wearer" = $wearer',
      ...(query.from === undefined ? [] : [`time >= ${nanoseconds(query.from)}`]),
      ...(query.to === undefined ? [] : [`time < ${nanoseconds(query.to)}`]),
    ]
    const rows = await this.query<SummaryRow>(
      `SELECT * FROM "${series.summaries(query.spanSeconds).measurement}" WHERE ${conditions.join(' AND ')}
       ORDER BY time DESC LIMIT ${query.limit}`,
      { wearer: query.wearer },
    )
    return rows.flatMap((row) => this.readSummary(row, query.spanSeconds) ?? []).reverse()
  }

  /** The series go, with all that is in them; the server overwrites its files when it next compacts them. */
  async erase(wearer: string): Promise<void> {
    const turn = this.writing.then(async () => {
      for (const { measurement } of influxSchema)
        await this.query(`DROP SERIES FROM "${measurement}" WHERE "wearer" = $wearer`, { wearer })
    })
    this.writing = turn.catch(() => undefined)
    return turn
  }

  unreadable(): number {
    return this.reader.unreadable
  }

  async stop(): Promise<void> {
    this.open = false
    await Promise.race([
      Promise.allSettled([...this.inFlight, this.writing]),
      sleep(stopGraceMs, undefined, { ref: false }),
    ])
    this.ended.abort()
    this.agent.destroy()
  }

  private async write(items: readonly Stored[]): Promise<void> {
    expectStorable(items)
    const turn = this.writing.then(() => this.writeNow(items))
    this.writing = turn.catch(() => undefined)
    return turn
  }

  private async writeNow(items: readonly Stored[]): Promise<void> {
    const alarms = items.flatMap((item) => (item.kind === 'alarm' ? item.alarm : []))
    const summaries = items.flatMap((item) => (item.kind === 'summary' ? item.summary : []))
    const points = [...(await this.alarmPoints(newestOfEach(alarms))), ...summaries.map(summaryPoint)]
    if (points.length > 0) await this.request(() => this.writePoints(points))
  }

  private async writePoints(points: IPoint[]): Promise<void> {
    try {
      await this.influx.writePoints(points, { precision: 'n' })
    } catch (error) {
      throw refusesPoints(error) ? new RefusedForGood(withoutData(error)) : error
    }
  }

  /** Leaves out what is older than what is there, and keeps an alarm in the series in which it began. */
  private async alarmPoints(alarms: readonly Alarm[]) {
    const points: IPoint[] = []
    for (let start = 0; start < alarms.length; start += 100) {
      const chunk = alarms.slice(start, start + 100)
      // InfluxQL knows no OR of times: one statement each.
      const statements = chunk.map(
        ({ at, id }) =>
          `SELECT "id", "revision", "gateway", "wearer", "device", "code" FROM "${series.alarms.measurement}"
           WHERE time = ${ordinal(at, id)}`,
      )
      const answers = await this.request(() => this.influx.query<StoredRevision>(statements))
      const rows =
        chunk.length === 1 ? [answers as unknown as StoredRevision[]] : (answers as unknown as StoredRevision[][])
      chunk.forEach((alarm, index) => {
        const stored = rows[index]?.find((row) => row.id === alarm.id)
        if (!stored || stored.revision <= alarm.revision) points.push(alarmPoint(alarm, stored))
      })
    }
    return points
  }

  private async query<Row>(statement: string, placeholders: Record<string, string> = {}): Promise<Row[]> {
    return this.request(() => this.influx.query<Row>(statement, { precision: 'n', placeholders }))
  }

  private async request<T>(send: () => Promise<T>): Promise<T> {
    if (!this.open) throw new Error('the store is stopped')
    const answer = within(this.timeoutMs, `InfluxDB at ${this.options.url}`, this.withDatabase(send), this.ended.signal)
    this.inFlight.add(answer)
    try {
      return await answer
    } catch (error) {
      // It may have been dropped, or lost with its disk: the next try looks again.
      this.databaseIsThere = false
      const said = `InfluxDB at ${this.options.url}: ${withoutData(error)}`
      throw error instanceof RefusedForGood ? new RefusedForGood(said) : new Error(said)
    } finally {
      this.inFlight.delete(answer)
    }
  }

  private async withDatabase<T>(send: () => Promise<T>): Promise<T> {
    if (!this.databaseIsThere) {
      const { database } = this.options
      const names = await this.influx.getDatabaseNames()
      if (!names.includes(database)) await this.influx.createDatabase(database)
      this.databaseIsThere = true
    }
    return send()
  }

  private readSummary(row: SummaryRow, spanSeconds: 1 | 60): Summary | undefined {
    return this.reader.summary(
      JSON.stringify(toSummary(row, Number(BigInt(row.time.getNanoTime()) / 1_000_000n), spanSeconds)),
    )
  }

  private get timeoutMs(): number {
    return this.options.timeoutMs ?? 10_000
  }
}

interface StoredRevision extends AlarmTags {
  id: string
  revision: number
}

type SummaryRow = { time: INanoDate; gateway: string; wearer: string } & Partial<
  Record<(typeof summaryFields)[number], number | null>
>

function nanoseconds(instant: string): bigint {
  return BigInt(Date.parse(instant)) * nanosecondsPerMillisecond
}

/**
 * Whether the answer to a write is InfluxDB's own word on the points: of another type than the series has, beyond its
 * retention, not to be parsed. Whatever else answers 400 (a proxy, a TLS port, a limit that can be raised) may take them later.
 */
function refusesPoints(error: unknown): boolean {
  const [, body] = /^A (?:400|422) [^]*? error occurred: (\{[^]*\})\s*$/.exec(String((error as Error).message)) ?? []
  return (
    body !== undefined &&
    /partial write|field type conflict|unable to parse|points beyond retention policy/.test(body) &&
    !/limit exceeded/.test(body)
  )
}

/** What went wrong, without what was sent: InfluxDB quotes refused points in its answer, and these are vital signs. */
function withoutData(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/'[^]*'/g, '…').slice(0, 300)
}

/** Of several revisions of one alarm in a batch, only the highest counts: points of one time have no order. */
function newestOfEach(alarms: readonly Alarm[]): Alarm[] {
  const newest = new Map<string, Alarm>()
  for (const alarm of alarms) {
    if (alarm.revision >= (newest.get(alarm.id)?.revision ?? 0)) newest.set(alarm.id, alarm)
  }
  return [...newest.values()]
}

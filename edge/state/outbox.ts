import type { Sink, Stored } from '../messages.ts'
import type { Db } from './database.ts'
import { packItems, unpackItems } from './packing.ts'
import { inTransaction } from './transaction.ts'

/** What the outbox must know of a sink. */
export type Destination = Pick<Sink, 'name' | 'takes' | 'fromLevel'>

/** Items that wait for one destination, most important first, and the rows they lie in. */
export interface Batch {
  sink: string
  chunks: readonly { id: number; priority: number; items: number }[]
  items: readonly Stored[]
}

/** What was given up because there was no room, since the start, items. */
export interface GivenUp {
  /** Summaries of seconds whose minute is kept. */
  thinned: number
  /** Summaries of minutes. */
  dropped: number
  alarms: number
}

/** Alarms go before summaries of a minute, these before summaries of a second. */
const [alarmsFirst, minutes, seconds] = [0, 1, 2]
/** Most items in a row: a destination confirms rows as a whole. */
const mostInChunk = 250
/** Rough bytes on disk of a row, and of each destination that it waits for, beside the body: keys and three indexes. */
const chunkOverhead = 60
const waitingOverhead = 40
/** So many confirmed rows are forgotten at the latest; before, together with the next commit. */
const mostUnforgotten = 500
/** So much of the limit is left after making room, so that it is not made with each commit. */
const roomAfter = 0.95

/**
 * What waits to be sent, on disk: each item once, packed, with a list of the destinations that have not confirmed it. Its
 * size is limited in bytes: when it is full, summaries of seconds give way first, as the minute that they belong to says
 * the same in fewer words, then the oldest minutes, and alarms when nothing else is left.
 */
export class Outbox {
  readonly givenUp: GivenUp = { thinned: 0, dropped: 0, alarms: 0 }
  /** Bytes on disk of what waits, and how many it may be. */
  bytes = 0
  readonly maxBytes: number
  /** Bytes put in since the start. */
  putBytes = 0
  /** Rows that could not be read any more, since the start. */
  unreadable = 0
  readonly #db: Db
  readonly #sql
  readonly #items = new Map<string, number>()
  /** Confirmed, and still on disk. */
  readonly #done = new Map<string, Batch['chunks'][number] & { sink: string }>()

  constructor(db: Db, maxBytes: number) {
    this.#db = db
    this.maxBytes = maxBytes
    this.#sql = {
      chunk: db.prepare('INSERT INTO chunk (priority, at, items, bytes, body) VALUES (?, ?, ?, ?, ?)'),
      wait: db.prepare('INSERT INTO waiting (sink, priority, chunk) VALUES (?, ?, ?)'),
      next: db.prepare(
        `SELECT chunk AS id, waiting.priority AS priority, items FROM waiting JOIN chunk ON chunk.id = waiting.chunk
         WHERE sink = ? ORDER BY waiting.priority, waiting.chunk LIMIT ?`,
      ),
      size: db.prepare('SELECT coalesce(sum(bytes), 0) AS bytes, count(*) AS chunks FROM chunk INDEXED BY chunk_order'),
      sizeBySink: db.prepare(
        'SELECT sink, count(*) AS n, sum(items) AS items FROM waiting JOIN chunk ON id = chunk GROUP BY sink',
      ),
      body: db.prepare('SELECT body FROM chunk WHERE id = ?'),
      confirm: db.prepare('DELETE FROM waiting WHERE sink = ? AND priority = ? AND chunk = ?'),
      bytesOf: db.prepare('SELECT bytes FROM chunk WHERE id = ?'),
      stillWaits: db.prepare('SELECT 1 AS yes FROM waiting WHERE chunk = ? LIMIT 1'),
      sinksOf: db.prepare('SELECT sink FROM waiting WHERE chunk = ?'),
      removeWaiting: db.prepare('DELETE FROM waiting WHERE chunk = ?'),
      remove: db.prepare('DELETE FROM chunk WHERE id = ?'),
      oldest: db.prepare('SELECT id, items, bytes FROM chunk WHERE priority = ? ORDER BY id LIMIT ?'),
    }
    this.recount()
  }

  /** Looks again at what is on disk: at the start, and after a transaction that failed. */
  recount(): void {
    const { bytes, chunks } = this.#sql.size.get() as { bytes: number; chunks: number }
    const bySink = this.#sql.sizeBySink.all() as { sink: string; n: number; items: number }[]
    this.#items.clear()
    for (const { sink, items } of bySink) this.#items.set(sink, items)
    for (const { sink, items } of this.#done.values()) this.#count(sink, -items)
    this.bytes = bytes + chunks * chunkOverhead + bySink.reduce((sum, { n }) => sum + n * waitingOverhead, 0)
  }

  /** Writes items for the destinations that want them; inside the caller's transaction. */
  put(items: readonly Stored[], sinks: readonly Destination[], atMillis: number): void {
    for (const item of items)
      if (item.kind === 'alarm') {
        const level = levelOf(item)
        const wanted = sinks.filter(({ fromLevel = 0 }) => level >= fromLevel)
        this.#putChunk([item], alarmsFirst, wanted, atMillis)
      }
    const takers = sinks.filter(({ takes }) => takes !== 'alarms')
    for (const priority of [minutes, seconds]) {
      const summaries = items.filter((item) => item.kind === 'summary' && priorityOf(item) === priority)
      for (let start = 0; start < summaries.length; start += mostInChunk)
        this.#putChunk(summaries.slice(start, start + mostInChunk), priority, takers, atMillis)
    }
  }

  /** The next rows for `sink`, most important first, with about `limit` items, at least one row. */
  batchFor(sink: string, limit: number): Batch {
    const skipped = [...this.#done.values()].filter((done) => done.sink === sink).length
    const rows = this.#sql.next.all(sink, limit + skipped) as Batch['chunks'][number][]
    const chunks: Batch['chunks'][number][] = []
    const items: Stored[] = []
    for (const { id, priority, items: count } of rows) {
      if (this.#done.has(`${sink} ${id}`)) continue
      if (items.length > 0 && items.length + count > limit) break
      const { body } = this.#sql.body.get(id) as { body: unknown }
      try {
        items.push(...unpackItems(body))
      } catch {
        this.unreadable += 1
      }
      chunks.push({ id, priority, items: count })
    }
    return { sink, chunks, items }
  }

  /** The destination has it all. Alarms are forgotten at once, the rest with the next commit. */
  confirmed({ sink, chunks }: Pick<Batch, 'sink' | 'chunks'>): void {
    for (const chunk of chunks) {
      this.#done.set(`${sink} ${chunk.id}`, { ...chunk, sink })
      this.#count(sink, -chunk.items)
    }
    if (this.#done.size > mostUnforgotten || chunks.some(({ priority }) => priority === alarmsFirst))
      this.#transaction(() => this.forget())
  }

  /** Takes what was confirmed off the disk; inside the caller's transaction, after which comes `forgotten`. */
  forget(): void {
    for (const { sink, priority, id } of this.#done.values()) {
      const removed = this.#sql.confirm.run(sink, priority, id).changes
      this.bytes -= removed * waitingOverhead
      if (removed > 0 && this.#sql.stillWaits.get(id) === undefined) this.#remove(id)
    }
  }

  /** The transaction of `forget` is over. */
  forgotten(): void {
    this.#done.clear()
  }

  /** How many items wait, by destination. */
  waiting(): Record<string, number> {
    return Object.fromEntries([...this.#items].filter(([, items]) => items > 0))
  }

  /** Gives up the least important, oldest first, if there is more than may be. */
  makeRoom(): void {
    if (this.bytes <= this.maxBytes) return
    const enough = this.maxBytes * roomAfter
    this.#transaction(() => {
      this.forget()
      for (const priority of [seconds, minutes, alarmsFirst])
        while (this.bytes > enough) {
          const rows = this.#sql.oldest.all(priority, 100) as { id: number; items: number }[]
          if (rows.length === 0) break
          for (const { id, items } of rows) {
            if (this.bytes <= enough) break
            this.#giveUp(id, items, priority)
          }
        }
    })
  }

  #transaction(work: () => void): void {
    try {
      inTransaction(this.#db, work)
      this.forgotten()
    } catch (error) {
      this.recount()
      throw error
    }
  }

  #giveUp(id: number, items: number, priority: number): void {
    for (const { sink } of this.#sql.sinksOf.all(id) as { sink: string }[]) {
      this.#count(sink, -items)
      this.bytes -= waitingOverhead
    }
    this.#sql.removeWaiting.run(id)
    this.#remove(id)
    const kind = priority === seconds ? 'thinned' : priority === minutes ? 'dropped' : 'alarms'
    this.givenUp[kind] += items
  }

  #putChunk(items: readonly Stored[], priority: number, sinks: readonly Destination[], atMillis: number): void {
    if (items.length === 0 || sinks.length === 0) return
    const body = packItems(items)
    const id = Number(this.#sql.chunk.run(priority, atMillis, items.length, body.length, body).lastInsertRowid)
    for (const { name } of sinks) {
      this.#sql.wait.run(name, priority, id)
      this.#count(name, items.length)
    }
    const bytes = body.length + chunkOverhead + sinks.length * waitingOverhead
    this.bytes += bytes
    this.putBytes += bytes
  }

  #remove(id: number): void {
    const row = this.#sql.bytesOf.get(id) as { bytes: number } | undefined
    if (row === undefined) return
    this.#sql.remove.run(id)
    this.bytes -= row.bytes + chunkOverhead
  }

  #count(sink: string, items: number): void {
    this.#items.set(sink, (this.#items.get(sink) ?? 0) + items)
  }
}

function priorityOf(item: Stored): number {
  if (item.kind === 'alarm') return alarmsFirst
  return item.summary.spanSeconds === 1 ? seconds : minutes
}

/** How far an alarm has been escalated; 0: not at all. */
function levelOf(item: Extract<Stored, { kind: 'alarm' }>): number {
  return item.alarm.escalation?.level ?? 0
}

import type { Refused } from '../flow.ts'
import type { Sink, Stored } from '../messages.ts'
import { isoOf, wallClock } from '../time.ts'
import type { Db } from './database.ts'
import type { StateRow } from './keyedState.ts'

/** What the outbox must know of a sink. */
export type Destination = Pick<Sink, 'name' | 'takes'>

/** A row that waits for its destination. */
export interface Waiting {
  id: number
  item: Stored
}

export interface JournalLimits {
  /** Rows that may wait in all; beyond it the oldest summaries go first, alarms only when nothing else is left. */
  maxWaiting: number
  maxQuarantined: number
}

/** Alarms go before summaries of a minute, these before summaries of a second. */
function priorityOf(item: Stored): number {
  if (item.kind === 'alarm') return 0
  return item.summary.spanSeconds === 60 ? 1 : 2
}

/**
 * The gateway's disk: the pipeline's state, what waits to be sent, and what was refused. One `commit` is one transaction:
 * either all of it is on disk or none.
 */
export class Journal {
  /** Rows that were given up because the outbox was full, since the start. */
  dropped = 0
  readonly #db: Db
  readonly #limits: JournalLimits
  readonly #sql
  #waiting: number

  constructor(db: Db, limits: JournalLimits = { maxWaiting: 2_000_000, maxQuarantined: 1000 }) {
    this.#db = db
    this.#limits = limits
    this.#sql = {
      state: db.prepare('INSERT OR REPLACE INTO state (part, key, version, json) VALUES (?, ?, ?, ?)'),
      put: db.prepare('INSERT INTO outbox (sink, priority, json) VALUES (?, ?, ?)'),
      take: db.prepare('SELECT id, json FROM outbox WHERE sink = ? ORDER BY priority, id LIMIT ?'),
      remove: db.prepare('DELETE FROM outbox WHERE id = ?'),
      drop: db.prepare('DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY priority DESC, id LIMIT ?)'),
      refuse: db.prepare(
        'INSERT INTO quarantine (at, source, device, reason, detail, bytes) VALUES (?, ?, ?, ?, ?, ?)',
      ),
      tidy: db.prepare('DELETE FROM quarantine WHERE id <= (SELECT max(id) FROM quarantine) - ?'),
      countBySink: db.prepare('SELECT sink, count(*) AS waiting FROM outbox GROUP BY sink'),
    }
    this.#waiting = (db.prepare('SELECT count(*) AS n FROM outbox').get() as { n: number }).n
  }

  /** Everything the pipeline knew when it was last committed. */
  readState(): StateRow[] {
    const rows = this.#db.prepare('SELECT part, key, version, json FROM state').all() as StateRow[]
    return rows.map(({ part, key, version, json }) => ({ part, key, version, json }))
  }

  /** Writes states, a copy of each item for each sink that wants it, and what was refused. */
  commit(
    states: readonly StateRow[],
    items: readonly Stored[],
    sinks: readonly Destination[],
    refused: readonly Refused[],
  ): void {
    let added = 0
    this.#db.transaction(() => {
      for (const { part, key, version, json } of states) this.#sql.state.run(part, key, version, json)
      for (const item of items) {
        const json = JSON.stringify(item)
        for (const { name, takes } of sinks) {
          if (takes === 'alarms' && item.kind !== 'alarm') continue
          this.#sql.put.run(name, priorityOf(item), json)
          added += 1
        }
      }
      for (const { source, device, reason, detail, bytes } of refused)
        this.#sql.refuse.run(
          isoOf(wallClock()),
          source,
          device,
          reason,
          detail,
          bytes === undefined ? null : Buffer.from(bytes),
        )
      if (refused.length > 0) this.#sql.tidy.run(this.#limits.maxQuarantined)
    })()
    this.#waiting += added
    this.#makeRoom()
  }

  /** The next rows for `sink`, most important first. */
  waitingFor(sink: string, limit: number): Waiting[] {
    const rows = this.#sql.take.all(sink, limit) as { id: number; json: string }[]
    return rows.map(({ id, json }) => ({ id, item: JSON.parse(json) as Stored }))
  }

  confirmed(rows: readonly Waiting[]): void {
    let removed = 0
    this.#db.transaction(() => {
      for (const { id } of rows) removed += this.#sql.remove.run(id).changes
    })()
    this.#waiting -= removed
  }

  /** Puts a row that its destination will never take into the quarantine, with what the destination said. */
  giveUp({ id, item }: Waiting, sink: string, reason: string): void {
    this.#db.transaction(() => {
      const name = item.kind === 'alarm' ? item.alarm.id : `summary ${item.summary.at}`
      const bytes = Buffer.from(JSON.stringify(item))
      this.#sql.refuse.run(isoOf(wallClock()), sink, '', 'refused-by-destination', `${name}: ${reason}`, bytes)
      this.#sql.remove.run(id)
    })()
    this.#waiting -= 1
  }

  /** How many rows wait, by sink. */
  waiting(): Record<string, number> {
    const rows = this.#sql.countBySink.all() as { sink: string; waiting: number }[]
    return Object.fromEntries(rows.map(({ sink, waiting }) => [sink, waiting]))
  }

  close(): void {
    this.#db.close()
  }

  #makeRoom(): void {
    const surplus = this.#waiting - this.#limits.maxWaiting
    if (surplus <= 0) return
    const dropped = this.#sql.drop.run(surplus).changes
    this.dropped += dropped
    this.#waiting -= dropped
  }
}

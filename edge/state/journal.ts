import type { Refused } from '../flow.ts'
import type { Stored } from '../messages.ts'
import { isoOf, wallClock } from '../time.ts'
import type { Db } from './database.ts'
import { GrowthRate } from './growthRate.ts'
import type { StateRow } from './keyedState.ts'
import { Outbox, type Batch, type Destination } from './outbox.ts'
import { packText, unpackText } from './packing.ts'
import { inTransaction } from './transaction.ts'

export interface JournalLimits {
  /** Bytes on disk that may wait for destinations. */
  maxBytes: number
  maxQuarantined: number
}

const usualLimits: JournalLimits = { maxBytes: 512 * 1024 * 1024, maxQuarantined: 1000 }

/**
 * The gateway's disk: the pipeline's state, what waits to be sent, and what was refused. One `commit` is one transaction:
 * either all of it is on disk or none.
 */
export class Journal {
  /** Summaries that were given up before they came here, as the disk had taken nothing for too long. */
  neverWritten = 0
  readonly #db: Db
  readonly #outbox: Outbox
  readonly #growth: GrowthRate
  readonly #limits: JournalLimits
  readonly #sql

  constructor(db: Db, limits: Partial<JournalLimits> = {}) {
    this.#db = db
    this.#limits = { ...usualLimits, ...limits }
    this.#outbox = new Outbox(db, this.#limits.maxBytes)
    this.#growth = new GrowthRate(wallClock)
    this.#sql = {
      state: db.prepare('INSERT OR REPLACE INTO state (part, key, version, json) VALUES (?, ?, ?, ?)'),
      refuse: db.prepare(
        'INSERT INTO quarantine (at, source, device, reason, detail, bytes) VALUES (?, ?, ?, ?, ?, ?)',
      ),
      tidy: db.prepare('DELETE FROM quarantine WHERE id <= (SELECT max(id) FROM quarantine) - ?'),
    }
  }

  /** Everything the pipeline knew when it was last committed; what cannot be read is left out, and warms up again. */
  readState(): StateRow[] {
    const rows = this.#db.prepare('SELECT part, key, version, json FROM state').all() as (Omit<StateRow, 'json'> & {
      json: unknown
    })[]
    return rows.flatMap(({ part, key, version, json }) => {
      try {
        return { part, key, version, json: unpackText(json) }
      } catch {
        return []
      }
    })
  }

  /** Writes states, items for the sinks that want them, and what was refused; forgets what was confirmed meanwhile. */
  commit(
    states: readonly StateRow[],
    items: readonly Stored[],
    sinks: readonly Destination[],
    refused: readonly Refused[],
  ): void {
    const before = this.#outbox.putBytes
    try {
      inTransaction(this.#db, () => {
        for (const { part, key, version, json } of states) this.#sql.state.run(part, key, version, packText(json))
        this.#outbox.put(items, sinks, Date.now())
        this.#outbox.forget()
        for (const one of refused) this.#quarantine(one)
        if (refused.length > 0) this.#sql.tidy.run(this.#limits.maxQuarantined)
      })
      this.#outbox.forgotten()
    } catch (error) {
      this.#outbox.recount()
      throw error
    }
    this.#growth.add(this.#outbox.putBytes - before)
    this.#outbox.makeRoom()
  }

  /** The next rows for `sink`, most important first: about `limit` items. */
  batchFor(sink: string, limit: number): Batch {
    return this.#outbox.batchFor(sink, limit)
  }

  /** Its destination has all of it. */
  confirmed(batch: Pick<Batch, 'sink' | 'chunks'>): void {
    this.#outbox.confirmed(batch)
  }

  /** Puts an item that its destination will never take into the quarantine, with what the destination said. */
  giveUp(item: Stored, sink: string, reason: string): void {
    const name = item.kind === 'alarm' ? item.alarm.id : `summary ${item.summary.at}`
    const bytes = Buffer.from(JSON.stringify(item))
    this.#quarantine({
      source: sink,
      device: '',
      reason: 'refused-by-destination',
      detail: `${name}: ${reason}`,
      bytes,
    })
  }

  /** How many items wait, by sink. */
  waiting(): Record<string, number> {
    return this.#outbox.waiting()
  }

  /** How full the outbox is and how long it lasts, for health and metrics. */
  outboxReport() {
    const { bytes, maxBytes, givenUp, unreadable } = this.#outbox
    const bytesPerHour = this.#growth.perHour()
    return {
      waiting: this.waiting(),
      bytes,
      maxBytes,
      bytesPerHour,
      /** Until it is full, if no destination answered and as much came as in the last hour; absent: nothing came. */
      ...(bytesPerHour > 0 && { hoursLeft: Math.max(0, maxBytes - bytes) / bytesPerHour }),
      /** Items given up for want of room: summaries of seconds (their minutes are kept), of minutes, alarms. */
      thinned: givenUp.thinned,
      dropped: givenUp.dropped + givenUp.alarms + this.neverWritten,
      droppedAlarms: givenUp.alarms,
      unreadable,
    }
  }

  close(): void {
    inTransaction(this.#db, () => this.#outbox.forget())
    this.#outbox.forgotten()
    this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    this.#db.close()
  }

  #quarantine({ source, device, reason, detail, bytes }: Omit<Refused, 'kind'>): void {
    const at = isoOf(wallClock())
    this.#sql.refuse.run(at, source, device, reason, detail, bytes === undefined ? null : Buffer.from(bytes))
  }
}

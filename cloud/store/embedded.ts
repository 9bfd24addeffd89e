import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'libsql'
import type { Sink, Stored } from '../../edge/messages.ts'
import { migrate } from './migrations.ts'
import { ordinal, readCursor } from './ordinal.ts'
import { RowReader, toPage } from './rows.ts'
import { expectStorable } from './storable.ts'
import type { Store } from './store.ts'

/** Append only: a step that was released is never changed. */
const steps = [
  `CREATE TABLE alarms (
     id TEXT PRIMARY KEY,
     ordinal INTEGER NOT NULL,
     wearer TEXT NOT NULL,
     state TEXT NOT NULL,
     revision INTEGER NOT NULL,
     json TEXT NOT NULL
   ) STRICT;
   CREATE INDEX alarms_by_time ON alarms (ordinal);
   CREATE INDEX alarms_by_wearer ON alarms (wearer, ordinal);
   CREATE INDEX alarms_open ON alarms (ordinal) WHERE state <> 'normal';
   CREATE TABLE summaries (
     wearer TEXT NOT NULL,
     span_seconds INTEGER NOT NULL,
     at INTEGER NOT NULL,
     gateway TEXT NOT NULL,
     json TEXT NOT NULL,
     PRIMARY KEY (wearer, span_seconds, at, gateway)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE wearers (id TEXT PRIMARY KEY, at INTEGER NOT NULL, json TEXT NOT NULL) STRICT;`,
]

/**
 * Opens the store that needs no server: SQLite (libsql) in one file, or in memory with `:memory:`. Makes the folder of the
 * file if it is missing.
 *
 * @throws where the file is no database, or one of a newer version
 */
export function openEmbeddedStore(file: string): Store {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true })
  const db = new Database(file)
  try {
    // FULL: what `write` has confirmed leaves the gateway's outbox, so it must outlive a power cut.
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000')
    migrate(db, steps, file)
  } catch (error) {
    db.close()
    throw error
  }
  return new EmbeddedStore(db)
}

class EmbeddedStore implements Store {
  readonly kind = 'embedded'
  readonly sink: Sink
  private readonly db: Database.Database
  private readonly statements: ReturnType<typeof prepare>
  private readonly reader = new RowReader()
  private open = true

  constructor(db: Database.Database) {
    this.db = db
    this.statements = prepare(db)
    this.sink = { name: 'embedded', write: (items) => this.attempt(() => this.write(items)), stop: () => this.stop() }
  }

  alarms(query: Parameters<Store['alarms']>[0]) {
    return this.attempt(() => {
      const before = query.before === undefined ? undefined : readCursor(query.before)
      const conditions = [
        ...(query.state === 'active' ? ["state <> 'normal'"] : []),
        ...(query.wearer === undefined ? [] : ['wearer = ?']),
        ...(before === undefined ? [] : ['ordinal < ?']),
      ]
      const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
      const values = [query.wearer, before, query.limit + 1].filter((value) => value !== undefined)
      const select = `SELECT json, CAST(ordinal AS TEXT) AS ordinal FROM alarms ${where} ORDER BY alarms.ordinal DESC LIMIT ?`
      const rows = this.db.prepare(select).all(...values)
      return toPage(rows as { json: string; ordinal: string }[], query.limit, this.reader)
    })
  }

  alarm(id: string) {
    return this.attempt(() => {
      const row = this.statements.alarm.get(id) as { json: string } | undefined
      return row && this.reader.alarm(row.json)
    })
  }

  wearers() {
    return this.attempt(() =>
      (this.statements.wearers.all() as { id: string; json: string }[]).flatMap(({ id, json }) => {
        const last = this.reader.summary(json)
        return last ? [{ id, last }] : []
      }),
    )
  }

  summaries(query: Parameters<Store['summaries']>[0]) {
    return this.attempt(() => {
      const from = query.from === undefined ? 0 : Date.parse(query.from)
      const to = query.to === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(query.to)
      const rows = this.statements.summaries.all(query.wearer, query.spanSeconds, from, to, query.limit)
      return (rows as { json: string }[]).flatMap((row) => this.reader.summary(row.json) ?? []).reverse()
    })
  }

  erase(wearer: string) {
    return this.attempt(() => {
      this.db
        .transaction(() => {
          for (const statement of this.statements.erase) statement.run(wearer)
        })
        .immediate()
      // Rows that were moved within the file have left copies in its free space: it is written anew, and its log emptied.
      this.db.exec('VACUUM')
      this.db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    })
  }

  unreadable(): number {
    return this.reader.unreadable
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- nothing is in flight: every call runs to its end
  async stop(): Promise<void> {
    if (this.open) this.db.close()
    this.open = false
  }

  private write(items: readonly Stored[]): void {
    expectStorable(items)
    this.db
      .transaction(() => {
        for (const item of items) {
          if (item.kind === 'alarm') {
            const { id, at, wearer, state, revision } = item.alarm
            // Of no wearer: about the gateway itself.
            const of = wearer ?? ''
            this.statements.putAlarm.run(id, ordinal(at, id), of, state, revision, JSON.stringify(item.alarm))
          } else {
            const { wearer, spanSeconds, gateway } = item.summary
            const at = Date.parse(item.summary.at)
            const json = JSON.stringify(item.summary)
            this.statements.putSummary.run(wearer, spanSeconds, at, gateway, json)
            this.statements.putWearer.run(wearer, at, json)
          }
        }
      })
      .immediate()
  }

  /** The driver is synchronous; callers see promises only, also for what throws. */
  // eslint-disable-next-line @typescript-eslint/require-await
  private async attempt<T>(work: () => T): Promise<T> {
    if (!this.open) throw new Error('the store is stopped')
    return work()
  }
}

function prepare(db: Database.Database) {
  return {
    putAlarm: db.prepare(
      `INSERT INTO alarms (id, ordinal, wearer, state, revision, json) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET ordinal = excluded.ordinal, wearer = excluded.wearer, state = excluded.state,
         revision = excluded.revision, json = excluded.json WHERE excluded.revision >= revision`,
    ),
    putSummary: db.prepare(
      'INSERT OR REPLACE INTO summaries (wearer, span_seconds, at, gateway, json) VALUES (?, ?, ?, ?, ?)',
    ),
    putWearer: db.prepare(
      `INSERT INTO wearers (id, at, json) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET at = excluded.at, json = excluded.json WHERE excluded.at >= at`,
    ),
    alarm: db.prepare('SELECT json FROM alarms WHERE id = ?'),
    erase: [
      db.prepare('DELETE FROM alarms WHERE wearer = ?'),
      db.prepare('DELETE FROM summaries WHERE wearer = ?'),
      db.prepare('DELETE FROM wearers WHERE id = ?'),
    ],
    wearers: db.prepare('SELECT id, json FROM wearers ORDER BY id'),
    summaries: db.prepare(
      `SELECT json FROM summaries WHERE wearer = ? AND span_seconds = ? AND at >= ? AND at < ?
       ORDER BY at DESC LIMIT ?`,
    ),
  }
}

import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'libsql'

export type Db = Database.Database

/** Each entry takes a data file from the version of its index to the next. Never change one that has shipped. */
const migrations: readonly string[] = [
  `CREATE TABLE state (part TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, json TEXT NOT NULL,
     PRIMARY KEY (part, key)) WITHOUT ROWID;
   CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, sink TEXT NOT NULL, priority INTEGER NOT NULL, json TEXT NOT NULL);
   CREATE INDEX outbox_order ON outbox (sink, priority, id);
   CREATE TABLE quarantine (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, source TEXT NOT NULL, device TEXT NOT NULL,
     reason TEXT NOT NULL, detail TEXT NOT NULL, bytes BLOB);`,
]

/**
 * Opens the gateway's data file, makes it if it is not there, and brings it to this program's version.
 *
 * @throws Error if the file was written by a newer program
 */
export function openDatabase(path: string): Db {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
  const db = new Database(path)
  db.exec('PRAGMA journal_mode = WAL')
  // An alarm is on disk before it is announced, also if the power goes in the next moment.
  db.exec('PRAGMA synchronous = FULL')
  db.exec('PRAGMA busy_timeout = 2000')
  migrate(db, path)
  return db
}

function migrate(db: Db, path: string): void {
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number }
  if (version > migrations.length) {
    db.close()
    throw new Error(
      `${path}: expected a data file of version <= ${migrations.length}, received ${version} (from a newer program)`,
    )
  }
  for (const [index, sql] of migrations.entries()) {
    if (index < version) continue
    db.transaction(() => {
      db.exec(sql)
      db.exec(`PRAGMA user_version = ${index + 1}`)
    })()
  }
}

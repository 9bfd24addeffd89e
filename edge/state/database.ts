import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'libsql'
import { inTransaction } from './transaction.ts'

export type Db = Database.Database

/** Each entry takes a data file from the version of its index to the next. Never change one that has shipped. */
const migrations: readonly string[] = [
  `CREATE TABLE state (part TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, json TEXT NOT NULL,
     PRIMARY KEY (part, key)) WITHOUT ROWID;
   CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, sink TEXT NOT NULL, priority INTEGER NOT NULL, json TEXT NOT NULL);
   CREATE INDEX outbox_order ON outbox (sink, priority, id);
   CREATE TABLE quarantine (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, source TEXT NOT NULL, device TEXT NOT NULL,
     reason TEXT NOT NULL, detail TEXT NOT NULL, bytes BLOB);`,
  // What waits is stored once, however many destinations wait for it. at: ms since the epoch; bytes: of the body.
  `CREATE TABLE chunk (id INTEGER PRIMARY KEY AUTOINCREMENT, priority INTEGER NOT NULL, at INTEGER NOT NULL,
     items INTEGER NOT NULL, bytes INTEGER NOT NULL, body BLOB NOT NULL);
   CREATE INDEX chunk_order ON chunk (priority, id, bytes, items);
   CREATE TABLE waiting (sink TEXT NOT NULL, priority INTEGER NOT NULL, chunk INTEGER NOT NULL,
     PRIMARY KEY (sink, priority, chunk)) WITHOUT ROWID;
   CREATE INDEX waiting_chunk ON waiting (chunk);
   INSERT INTO chunk (id, priority, at, items, bytes, body) SELECT id, priority, 0, 1, length(json), json FROM outbox;
   INSERT INTO waiting (sink, priority, chunk) SELECT sink, priority, id FROM outbox;
   DROP TABLE outbox;`,
]

/** The version of data files that this program writes. */
export const dataFileVersion = migrations.length

/** The file was written by a newer program. */
export class NewerDataFile extends Error {
  override name = 'NewerDataFile'
}

/**
 * Opens the gateway's data file, makes it if it is not there, and brings it to this program's version.
 *
 * @param key encrypts the file (AES-256 by libsql); absent: it is not encrypted
 * @param upTo a new file is made of this older version
 * @throws NewerDataFile if the file was written by a newer program; libsql's own error where it cannot be read
 */
export function openDatabase(path: string, key?: string, upTo = dataFileVersion): Db {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
  const db = new Database(path, (key === undefined ? {} : { encryptionKey: key }) as Database.Options)
  try {
    db.exec('PRAGMA journal_mode = WAL')
    // Of every commit, not only of alarms: a message that the broker need not send again must outlive a power cut.
    db.exec('PRAGMA synchronous = FULL')
    db.exec('PRAGMA busy_timeout = 2000')
    db.exec('PRAGMA journal_size_limit = 8388608')
    migrate(db, path, upTo)
  } catch (error) {
    db.close()
    throw error
  }
  return db
}

function migrate(db: Db, path: string, upTo: number): void {
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number }
  if (version > migrations.length)
    throw new NewerDataFile(
      `${path}: expected a data file of version <= ${migrations.length}, received ${version} (from a newer program)`,
    )
  for (const [index, sql] of migrations.entries()) {
    if (index < version || index >= upTo) continue
    inTransaction(db, () => {
      db.exec(sql)
      db.exec(`PRAGMA user_version = ${index + 1}`)
    })
  }
}

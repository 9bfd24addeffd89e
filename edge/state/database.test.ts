import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { describe, expect, it } from 'vitest'
import { dataFileVersion, openDatabase } from './database.ts'
import { Journal } from './journal.ts'

const fresh = () => join(mkdtempSync(join(tmpdir(), 'vital-edge-')), 'gateway.db')

/** A data file as the first released program left it behind. */
function fileOfVersion1(): string {
  const file = fresh()
  const db = new Database(file)
  db.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE state (part TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, json TEXT NOT NULL,
      PRIMARY KEY (part, key)) WITHOUT ROWID;
    CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, sink TEXT NOT NULL, priority INTEGER NOT NULL, json TEXT NOT NULL);
    CREATE INDEX outbox_order ON outbox (sink, priority, id);
    CREATE TABLE quarantine (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, source TEXT NOT NULL, device TEXT NOT NULL,
      reason TEXT NOT NULL, detail TEXT NOT NULL, bytes BLOB);
    INSERT INTO state VALUES ('alarms', 'w-1', 1, '{"open":{}}');
    INSERT INTO outbox (sink, priority, json) VALUES
      ('influx', 2, '{"kind":"summary","summary":{"spanSeconds":1,"at":"s"}}'),
      ('influx', 0, '{"kind":"alarm","alarm":{"id":"ä"}}'),
      ('mqtt', 0, '{"kind":"alarm","alarm":{"id":"ä"}}');
    INSERT INTO quarantine (at, source, device, reason, detail, bytes) VALUES ('t', 's', 'd', 'r', 'x', x'0102');
    PRAGMA user_version = 1`)
  db.close()
  return file
}

describe('data file', () => {
  it('of version 1 is brought to this version with everything that waited and was known', () => {
    const file = fileOfVersion1()
    const journal = new Journal(openDatabase(file))
    expect(journal.waiting()).toEqual({ influx: 2, mqtt: 1 })
    expect(journal.batchFor('influx', 9).items).toEqual([
      { kind: 'alarm', alarm: { id: 'ä' } },
      { kind: 'summary', summary: { spanSeconds: 1, at: 's' } },
    ])
    expect(journal.readState()).toEqual([{ part: 'alarms', key: 'w-1', version: 1, json: '{"open":{}}' }])
    journal.confirmed(journal.batchFor('influx', 9))
    journal.confirmed(journal.batchFor('mqtt', 9))
    journal.close()
    const db = new Database(file)
    expect(db.prepare('PRAGMA user_version').get()).toMatchObject({ user_version: dataFileVersion })
    expect(db.prepare('SELECT count(*) AS n FROM chunk').get()).toMatchObject({ n: 0 })
    expect(db.prepare('SELECT count(*) AS n FROM quarantine').get()).toMatchObject({ n: 1 })
    db.close()
  })

  it('from a newer program is refused, naming both versions, and stays as it is', () => {
    const file = fresh()
    const db = openDatabase(file)
    db.exec('PRAGMA user_version = 99')
    db.close()
    const before = readFileSync(file)
    expect(() => openDatabase(file)).toThrow(
      `${file}: expected a data file of version <= ${dataFileVersion}, received 99`,
    )
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('shows nothing of what is in it, where there is a key', () => {
    const file = fresh()
    const journal = new Journal(openDatabase(file, 'a key'))
    journal.commit([{ part: 'a-known-part', key: 'k', version: 1, json: '{}' }], [], [], [])
    expect(readFileSync(`${file}-wal`).includes('a-known-part')).toBe(false)
    journal.close()
    expect(readFileSync(file).includes('a-known-part')).toBe(false)
    expect(readFileSync(file).includes('SQLite format')).toBe(false)
    const again = new Journal(openDatabase(file, 'a key'))
    expect(again.readState()).toHaveLength(1)
    again.close()
    expect(() => openDatabase(file, 'another key')).toThrow()
    expect(() => openDatabase(file)).toThrow()
  })
})

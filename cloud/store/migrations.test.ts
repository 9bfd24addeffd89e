import Database from 'libsql'
import { describe, expect, it } from 'vitest'
import { migrate } from './migrations.ts'

const steps = ['CREATE TABLE a (x INTEGER)', 'ALTER TABLE a ADD COLUMN y TEXT', 'INSERT INTO a VALUES (1, NULL)']
const version = (db: Database.Database) =>
  (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version

describe('migrations of a database', () => {
  it('takes the steps that are missing, each once', () => {
    const db = new Database(':memory:')
    migrate(db, steps.slice(0, 1), 'test')
    expect(version(db)).toBe(1)
    migrate(db, steps, 'test')
    migrate(db, steps, 'test')
    expect(version(db)).toBe(3)
    expect(db.prepare('SELECT count(*) AS n FROM a').get()).toMatchObject({ n: 1 })
  })

  it('refuses a database of a newer program and leaves it as it is', () => {
    const db = new Database(':memory:')
    db.exec('PRAGMA user_version = 9')
    expect(() => migrate(db, steps, 'store.db')).toThrow(
      'store.db: expected a database of version 3 or older, received version 9',
    )
    expect(version(db)).toBe(9)
  })

  it('undoes a step that fails and keeps those before it', () => {
    const db = new Database(':memory:')
    expect(() => migrate(db, [steps[0]!, 'CREATE TABLE b (z INTEGER); SELECT nothing FROM nowhere'], 'test')).toThrow()
    expect(version(db)).toBe(1)
    expect(() => db.prepare('SELECT * FROM b')).toThrow('no such table')
  })
})

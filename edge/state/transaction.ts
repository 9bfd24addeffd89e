import type { Db } from './database.ts'

/**
 * Runs `work` in one transaction: all of it is written, or nothing. libsql's own wrapper hides a full disk behind the
 * roll-back that SQLite has done by then.
 *
 * @throws what `work` or the commit has thrown
 */
export function inTransaction<T>(db: Db, work: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    db.exec('COMMIT')
    return result
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK')
    throw error
  }
}

import type { Db } from './database.ts'
import { inTransaction } from './transaction.ts'

/** Tables by version of the data file, what matters most first: columns, and those that a row is found by. */
const tables: Record<number, readonly { name: string; key: readonly string[]; columns: readonly string[] }[]> = {
  1: [
    { name: 'outbox', key: ['id'], columns: ['id', 'sink', 'priority', 'json'] },
    { name: 'state', key: ['part', 'key'], columns: ['part', 'key', 'version', 'json'] },
    {
      name: 'quarantine',
      key: ['id'],
      columns: ['id', 'at', 'source', 'device', 'reason', 'detail', 'bytes'],
    },
  ],
  2: [
    { name: 'chunk', key: ['id'], columns: ['id', 'priority', 'at', 'items', 'bytes', 'body'] },
    { name: 'waiting', key: ['sink', 'priority', 'chunk'], columns: ['sink', 'priority', 'chunk'] },
    { name: 'state', key: ['part', 'key'], columns: ['part', 'key', 'version', 'json'] },
    {
      name: 'quarantine',
      key: ['id'],
      columns: ['id', 'at', 'source', 'device', 'reason', 'detail', 'bytes'],
    },
  ],
}

/** How much of a table could be read. */
export interface Salvaged {
  table: string
  rows: number
  complete: boolean
}

/** Rows written to the copy at once. */
const atOnce = 500

/**
 * Copies what can be read of a data file, however damaged, into an empty one of the same version: each table from its
 * beginning up to what cannot be read, and from its end down to it.
 *
 * @param version of both files
 * @throws where the copy cannot be written
 */
export function salvage(from: Db, to: Db, version: number): Salvaged[] {
  return (tables[version] ?? []).map(({ name, key, columns }) => {
    const insert = to.prepare(
      `INSERT OR IGNORE INTO ${name} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    )
    let rows = 0
    const copy = (direction: 'ASC' | 'DESC'): boolean => {
      const order = key.map((column) => `${column} ${direction}`).join(', ')
      let waiting: unknown[][] = []
      const write = (): number => {
        let added = 0
        inTransaction(to, () => {
          for (const values of waiting) added += insert.run(...values).changes
        })
        const all = waiting.length
        waiting = []
        rows += added
        return all - added
      }
      for (const row of readable(from, `SELECT ${columns.join(', ')} FROM ${name} ORDER BY ${order}`)) {
        if (row === 'damaged') {
          write()
          return false
        }
        waiting.push(columns.map((column) => asParameter(row[column])))
        // What is there already was read from the other end: the two have met.
        if (waiting.length >= atOnce && write() > 0) return true
      }
      write()
      return true
    }
    const complete = copy('ASC')
    if (!complete) copy('DESC')
    return { table: name, rows, complete }
  })
}

function* readable(db: Db, sql: string): Generator<Record<string, unknown> | 'damaged'> {
  try {
    for (const row of db.prepare(sql).iterate()) yield row as Record<string, unknown>
  } catch {
    yield 'damaged'
  }
}

/** A blob comes out of `iterate` as an ArrayBuffer, which is not taken back. */
function asParameter(value: unknown): unknown {
  return value instanceof ArrayBuffer ? Buffer.from(value) : (value ?? null)
}

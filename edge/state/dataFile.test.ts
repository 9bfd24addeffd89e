import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Alarm, Stored, Summary } from '../messages.ts'
import { openDataFile } from './dataFile.ts'
import { derivedKey, readDataKey } from './dataKey.ts'
import { Journal } from './journal.ts'

const folder = () => mkdtempSync(join(tmpdir(), 'vital-edge-'))
const now = () => Date.UTC(2026, 0, 1)
const key = 'correct horse battery staple'
const alarm = (id: string): Stored => ({ kind: 'alarm', alarm: { id } as Alarm })
const summary = (at: string): Stored => ({ kind: 'summary', summary: { spanSeconds: 1, at } as Summary })

/** A data file with alarms, summaries and states over many pages. */
function written(with_?: string): string {
  const path = join(folder(), 'gateway.db')
  const { db } = openDataFile(path, with_, now)
  const journal = new Journal(db)
  for (let i = 0; i < 40; i += 1) {
    const noise = Array.from({ length: 40 }, () => Math.random().toString(36)).join('')
    const state = { part: 'p', key: `device-${i}`, version: 1, json: JSON.stringify({ noise }) }
    journal.commit([state], [alarm(`alarm-${i}`), summary(`${i} ${noise}`)], [{ name: 'x' }], [])
  }
  journal.close()
  return path
}

const contentOf = (journal: Journal) => ({
  states: journal.readState().length,
  alarms: journal.batchFor('x', 1000).items.filter(({ kind }) => kind === 'alarm').length,
  summaries: journal.batchFor('x', 1000).items.filter(({ kind }) => kind === 'summary').length,
})

function damage(path: string, from: number, to: number): void {
  const bytes = readFileSync(path)
  bytes.fill(0xa5, from, to)
  writeFileSync(path, bytes)
}

describe('data file at start', () => {
  it('is made anew, and opened again with its key only', () => {
    const path = written(key)
    expect(() => openDataFile(path, undefined, now)).toThrow(
      `${path}: expected the key that it is encrypted with (dataKey in the configuration, or VITAL_EDGE_DATA_KEY), received none`,
    )
    expect(() => openDataFile(path, 'another key, also long', now)).toThrow(
      'received another one. Give its key, or move',
    )
    expect(readdirSync(join(path, '..')).some((name) => name.includes('damaged'))).toBe(false)
    const { db, encrypted, repair } = openDataFile(path, key, now)
    expect({ encrypted, repair }).toEqual({ encrypted: true, repair: undefined })
    const journal = new Journal(db)
    expect(contentOf(journal)).toEqual({ states: 40, alarms: 40, summaries: 40 })
    journal.close()
  })

  it('is encrypted with all that is in it, when a key is given for the first time', () => {
    const path = written()
    expect(readFileSync(path).includes('device-7')).toBe(true)
    const { db, encryptedNow } = openDataFile(path, key, now)
    expect(encryptedNow).toBe(true)
    const journal = new Journal(db)
    expect(contentOf(journal)).toEqual({ states: 40, alarms: 40, summaries: 40 })
    journal.close()
    for (const name of readdirSync(join(path, '..')))
      expect(readFileSync(join(path, '..', name)).includes('device-7')).toBe(false)
  })

  for (const [name, with_] of [
    ['plain', undefined],
    ['encrypted', key],
  ] as const)
    it(`is repaired with what can be read where pages are damaged, and the damaged one is kept (${name})`, () => {
      const path = written(with_)
      const pages = statSync(path).size / 4096
      const middle = Math.floor(pages / 2)
      damage(path, middle * 4096, (middle + 2) * 4096)
      const { db, repair } = openDataFile(path, with_, now)
      expect(repair?.setAside).toBe(`${path}.damaged-2026-01-01T00-00-00.000Z`)
      expect(existsSync(repair?.setAside ?? '')).toBe(true)
      expect(repair?.salvaged.map(({ table }) => table)).toEqual(['chunk', 'waiting', 'state', 'quarantine'])
      expect(repair?.salvaged.some(({ complete }) => !complete)).toBe(true)
      const journal = new Journal(db)
      const { states, alarms } = contentOf(journal)
      expect(states + alarms).toBeGreaterThan(20)
      journal.commit([], [alarm('after')], [{ name: 'x' }], [])
      journal.close()
      const again = openDataFile(path, with_, now)
      expect(again.repair).toBeUndefined()
      again.db.close()
    })

  it('of which nothing can be read is set aside, and a new one begins', () => {
    const path = join(folder(), 'gateway.db')
    writeFileSync(path, 'no database at all '.repeat(1000))
    const { db, repair } = openDataFile(path, undefined, now)
    expect(repair).toMatchObject({ salvaged: [] })
    expect(readFileSync(repair?.setAside ?? '', 'utf8')).toMatch(/^no database/)
    const journal = new Journal(db)
    expect(contentOf(journal)).toEqual({ states: 0, alarms: 0, summaries: 0 })
    journal.close()
  })

  it('whose first page is damaged is not taken for a wrong key', () => {
    const path = written(key)
    damage(path, 0, 4096)
    const { repair, db } = openDataFile(path, key, now)
    expect(repair).toBeDefined()
    db.close()
  })

  it('names the file and what to do where it cannot be written', () => {
    const file = join(folder(), 'a-file')
    writeFileSync(file, '')
    const path = join(file, 'gateway.db')
    expect(() => openDataFile(path, undefined, now)).toThrow(path)
    expect(() => openDataFile('/proc/gateway.db', undefined, now)).toThrow(
      /Is there room on its disk, and may this user/,
    )
  })

  it('keeps the last three damaged ones', () => {
    const path = join(folder(), 'gateway.db')
    for (let day = 1; day <= 5; day += 1) {
      writeFileSync(path, `day ${day} `.repeat(1000))
      openDataFile(path, undefined, () => Date.UTC(2026, 0, day)).db.close()
    }
    const damaged = readdirSync(join(path, '..')).filter((name) => /damaged-[^-]*-[^-]*-\d\dT/.test(name))
    expect(damaged.filter((name) => !/-(wal|shm)$/.test(name)).map((name) => name.slice(19, 29))).toEqual([
      '2026-01-03',
      '2026-01-04',
      '2026-01-05',
    ])
  })
})

describe('key of the data', () => {
  it('comes from a file or the environment, and is missed by name', () => {
    const file = join(folder(), 'key')
    writeFileSync(file, `${key}\n`)
    expect(readDataKey({ file }, {})).toBe(key)
    expect(readDataKey({ env: 'K' }, { K: key })).toBe(key)
    expect(readDataKey(undefined, { VITAL_EDGE_DATA_KEY: key })).toBe(key)
    expect(readDataKey(undefined, {})).toBeUndefined()
    expect(() => readDataKey({ env: 'K' }, {})).toThrow(
      'dataKey.env: expected the environment variable K, received nothing',
    )
    expect(() => readDataKey({ file: '/nowhere' }, {})).toThrow('/nowhere: expected a readable file (ENOENT)')
    expect(() => readDataKey({ env: 'K' }, { K: 'short' })).toThrow(
      'expected a key of at least 16 characters, received 5',
    )
  })

  it('gives other keys for other uses', () => {
    expect(derivedKey(key, 'evidence')).toHaveLength(32)
    expect(derivedKey(key, 'evidence').equals(derivedKey(key, 'else'))).toBe(false)
  })
})

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'libsql'
import { describe, expect, it } from 'vitest'
import type { Alarm, Stored, Summary } from '../messages.ts'
import { openDatabase } from './database.ts'
import { Journal } from './journal.ts'

const alarm = (id: string, level = 0): Stored => ({
  kind: 'alarm',
  alarm: { id, ...(level > 0 && { escalation: { level, at: '' } }) } as Alarm,
})
const summary = (spanSeconds: 1 | 60, at: string): Stored => ({
  kind: 'summary',
  summary: { spanSeconds, at } as Summary,
})
const nameOf = (item: Stored): string =>
  item.kind === 'alarm' ? item.alarm.id : `${item.summary.spanSeconds}s ${item.summary.at}`
const fresh = () => join(mkdtempSync(join(tmpdir(), 'vital-edge-')), 'gateway.db')
const waitingFor = (journal: Journal, sink: string, limit = 100) => journal.batchFor(sink, limit).items.map(nameOf)
/** A summary that does not pack well. */
const long = (spanSeconds: 1 | 60, at: string) =>
  summary(spanSeconds, `${at} ${Array.from({ length: 100 }, () => Math.random().toString(36)).join('')}`)

describe('journal', () => {
  it('gives back after a restart what was committed, alarms first', () => {
    const file = fresh()
    const before = new Journal(openDatabase(file))
    before.commit(
      [{ part: 'p', key: 'k', version: 1, json: '{"n":1}' }],
      [summary(1, 'a'), summary(60, 'b'), alarm('c'), summary(1, 'd')],
      [{ name: 'x' }],
      [],
    )
    before.close()
    const after = new Journal(openDatabase(file))
    expect(waitingFor(after, 'x')).toEqual(['c', '60s b', '1s a', '1s d'])
    expect(after.waiting()).toEqual({ x: 4 })
    expect(after.readState()).toEqual([{ part: 'p', key: 'k', version: 1, json: '{"n":1}' }])
    after.close()
  })

  it('keeps a row until its destination has confirmed it, each destination for itself', () => {
    const file = fresh()
    const journal = new Journal(openDatabase(file))
    journal.commit([], [alarm('a'), summary(1, 's')], [{ name: 'x' }, { name: 'mqtt', takes: 'alarms' }], [])
    journal.confirmed(journal.batchFor('x', 1))
    expect(journal.waiting()).toEqual({ x: 1, mqtt: 1 })
    expect(waitingFor(journal, 'x')).toEqual(['1s s'])
    expect(waitingFor(journal, 'mqtt')).toEqual(['a'])
    journal.confirmed(journal.batchFor('x', 9))
    journal.confirmed(journal.batchFor('mqtt', 9))
    expect(journal.outboxReport()).toMatchObject({ waiting: {} })
    journal.commit([], [], [], [])
    expect(journal.outboxReport()).toMatchObject({ bytes: 0 })
    journal.close()
    const db = new Database(file)
    expect(db.prepare('SELECT (SELECT count(*) FROM chunk) + (SELECT count(*) FROM waiting) AS n').get()).toMatchObject(
      { n: 0 },
    )
    db.close()
  })

  it('stores an item once for all its destinations', () => {
    const file = fresh()
    const journal = new Journal(openDatabase(file))
    journal.commit([], [long(1, 's')], [{ name: 'x' }, { name: 'y' }, { name: 'z' }], [])
    journal.close()
    const db = new Database(file)
    expect(db.prepare('SELECT count(*) AS n FROM chunk').get()).toMatchObject({ n: 1 })
    db.close()
  })

  it('hands a destination for people only what was escalated as far as it', () => {
    const journal = new Journal(openDatabase(fresh()))
    const sinks = [
      { name: 'at once', takes: 'alarms' as const },
      { name: 'later', takes: 'alarms' as const, fromLevel: 2 },
    ]
    journal.commit([], [alarm('a'), alarm('b', 1), alarm('c', 2)], sinks, [])
    expect(waitingFor(journal, 'at once')).toEqual(['a', 'b', 'c'])
    expect(waitingFor(journal, 'later')).toEqual(['c'])
    journal.close()
  })

  it('sends an alarm before a backlog of summaries, in batches of about the size asked for', () => {
    const journal = new Journal(openDatabase(fresh()))
    for (let i = 0; i < 5; i += 1) journal.commit([], [summary(1, `${i}a`), summary(1, `${i}b`)], [{ name: 'x' }], [])
    expect(waitingFor(journal, 'x', 5)).toEqual(['1s 0a', '1s 0b', '1s 1a', '1s 1b'])
    journal.confirmed(journal.batchFor('x', 5))
    journal.commit([], [alarm('now')], [{ name: 'x' }], [])
    expect(waitingFor(journal, 'x', 5)).toEqual(['now', '1s 2a', '1s 2b', '1s 3a', '1s 3b'])
    journal.close()
  })

  it('when full gives up seconds first, then minutes, alarms last, the oldest first, and counts them', () => {
    const journal = new Journal(openDatabase(fresh()), { maxBytes: 6000 })
    const put = (...items: Stored[]) => {
      for (const item of items) journal.commit([], [item], [{ name: 'x' }, { name: 'y' }], [])
    }
    put(alarm('a'), ...['1', '2', '3', '4', '5', '6', '7'].map((at) => long(1, at)))
    expect(waitingFor(journal, 'x')[1]).not.toMatch(/^1s 1 /)
    const { thinned, dropped, bytes } = journal.outboxReport()
    expect(thinned).toBeGreaterThan(0)
    expect(dropped).toBe(0)
    expect(bytes).toBeLessThanOrEqual(6000)
    put(...['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((at) => long(60, at)))
    const left = waitingFor(journal, 'x').map((name) => name.slice(0, 5).trim())
    expect(left[0]).toBe('a')
    expect(left.slice(1).every((name) => name.startsWith('60s'))).toBe(true)
    expect(left.at(-1)).toBe('60s 9')
    expect(journal.outboxReport().dropped).toBe(9 - (left.length - 1))
    expect(journal.waiting()).toEqual({ x: left.length, y: left.length })
    journal.close()
  })

  it('gives up alarms only when there is nothing else, and says how many', () => {
    const journal = new Journal(openDatabase(fresh()), { maxBytes: 2000 })
    for (let i = 0; i < 30; i += 1) journal.commit([], [summary(1, `${i}`), alarm(`a${i}`)], [{ name: 'x' }], [])
    const left = waitingFor(journal, 'x')
    expect(left.every((name) => name.startsWith('a'))).toBe(true)
    expect(left.at(-1)).toBe('a29')
    expect(journal.outboxReport()).toMatchObject({ droppedAlarms: 30 - left.length })
    journal.close()
  })

  it('says how many hours the room will last at the present pace', () => {
    const journal = new Journal(openDatabase(fresh()), { maxBytes: 1_000_000 })
    expect(journal.outboxReport()).not.toHaveProperty('hoursLeft')
    journal.commit([], [long(1, 'a')], [{ name: 'x' }], [])
    const { bytes, bytesPerHour, hoursLeft } = journal.outboxReport()
    // What came in the first moments counts as that of a minute.
    expect(bytesPerHour).toBeCloseTo(bytes * 60)
    expect(hoursLeft).toBeCloseTo((1_000_000 - bytes) / (bytes * 60))
    journal.close()
  })

  it('counts rightly after a transaction that failed', () => {
    const db = openDatabase(fresh())
    const journal = new Journal(db)
    journal.commit([], [summary(1, 'a')], [{ name: 'x' }], [])
    const { bytes } = journal.outboxReport()
    const { page_count: pages } = db.prepare('PRAGMA page_count').get() as { page_count: number }
    db.exec(`PRAGMA max_page_count = ${pages}`)
    const many = Array.from({ length: 300 }, (_, i) => long(1, String(i)))
    expect(() => journal.commit([], many, [{ name: 'x' }], [])).toThrow(/full/)
    expect(journal.outboxReport()).toMatchObject({ bytes, waiting: { x: 1 } })
    db.exec('PRAGMA max_page_count = 100000')
    journal.commit([], many, [{ name: 'x' }], [])
    expect(journal.waiting()).toEqual({ x: 301 })
    journal.close()
  })

  it('passes over a row whose bytes are damaged, and counts it', () => {
    const db = openDatabase(fresh())
    const journal = new Journal(db)
    journal.commit([], [summary(1, 'a')], [{ name: 'x' }], [])
    db.exec("UPDATE chunk SET body = x'0199'")
    journal.commit([], [summary(1, 'b')], [{ name: 'x' }], [])
    expect(waitingFor(journal, 'x')).toEqual(['1s b'])
    expect(journal.outboxReport()).toMatchObject({ unreadable: 1 })
    journal.confirmed(journal.batchFor('x', 9))
    expect(journal.waiting()).toEqual({})
    journal.close()
  })

  it('keeps only the last refused bytes', () => {
    const file = fresh()
    const journal = new Journal(openDatabase(file), { maxQuarantined: 2 })
    for (const reason of ['r1', 'r2', 'r3'])
      journal.commit(
        [],
        [],
        [],
        [{ kind: 'refused', source: 's', device: 'd', reason, detail: '', bytes: new Uint8Array([1, 2]) }],
      )
    journal.close()
    const db = new Database(file)
    const rows = db.prepare('SELECT reason FROM quarantine ORDER BY id').all() as { reason: string }[]
    expect(rows.map(({ reason }) => reason)).toEqual(['r2', 'r3'])
    db.close()
  })
})

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import Database from 'libsql'
import type { Alarm, Stored, Summary } from '../messages.ts'
import { openDatabase } from './database.ts'
import { Journal } from './journal.ts'

const alarm = (id: string): Stored => ({ kind: 'alarm', alarm: { id } as Alarm })
const summary = (spanSeconds: 1 | 60, at: string): Stored => ({
  kind: 'summary',
  summary: { spanSeconds, at } as Summary,
})
const nameOf = (item: Stored): string =>
  item.kind === 'alarm' ? item.alarm.id : `${item.summary.spanSeconds}s ${item.summary.at}`
const fresh = () => join(mkdtempSync(join(tmpdir(), 'vital-edge-')), 'gateway.db')

describe('journal', () => {
  it('gives back after a restart what was committed, alarms first', () => {
    const file = fresh()
    const before = new Journal(openDatabase(file))
    before.commit(
      [{ part: 'p', key: 'k', version: 1, json: '{}' }],
      [summary(1, 'a'), summary(60, 'b'), alarm('c')],
      [{ name: 'x' }],
      [],
    )
    before.close()
    const after = new Journal(openDatabase(file))
    expect(after.waitingFor('x', 10).map(({ item }) => nameOf(item))).toEqual(['c', '60s b', '1s a'])
    expect(after.readState()).toEqual([{ part: 'p', key: 'k', version: 1, json: '{}' }])
    after.close()
  })

  it('keeps a row until its destination has confirmed it, each destination for itself', () => {
    const journal = new Journal(openDatabase(fresh()))
    journal.commit([], [alarm('a'), summary(1, 's')], [{ name: 'x' }, { name: 'mqtt', takes: 'alarms' }], [])
    journal.confirmed(journal.waitingFor('x', 1))
    expect(journal.waiting()).toEqual({ x: 1, mqtt: 1 })
    expect(journal.waitingFor('mqtt', 9).map(({ item }) => nameOf(item))).toEqual(['a'])
    journal.close()
  })

  it('when full gives up the oldest summaries of a second first, alarms last, and counts them', () => {
    const journal = new Journal(openDatabase(fresh()), { maxWaiting: 3, maxQuarantined: 10 })
    journal.commit(
      [],
      [alarm('a'), summary(1, 'old'), summary(60, 'm'), summary(1, 'new'), alarm('b')],
      [{ name: 'x' }],
      [],
    )
    expect(journal.waitingFor('x', 10).map(({ item }) => nameOf(item))).toEqual(['a', 'b', '60s m'])
    expect(journal.dropped).toBe(2)
    journal.close()
  })

  it('keeps only the last refused bytes', () => {
    const file = fresh()
    const journal = new Journal(openDatabase(file), { maxWaiting: 10, maxQuarantined: 2 })
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

  it('refuses a data file from a newer program, naming both versions', () => {
    const file = fresh()
    const db = openDatabase(file)
    db.exec('PRAGMA user_version = 99')
    db.close()
    expect(() => openDatabase(file)).toThrow(/expected a data file of version <= 1, received 99/)
  })
})

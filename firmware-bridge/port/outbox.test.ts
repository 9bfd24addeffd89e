import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { costOf, Outbox } from './outbox.ts'
import { count, noCounts, type PortItem } from './portItem.ts'

const chunk = (length: number): PortItem => ({ kind: 'chunk', bytes: new Uint8Array(length), receivedAt: 0 })
const open: PortItem = { kind: 'state', connected: true }

describe('Outbox', () => {
  it('passes everything on at once while it is taken', () => {
    const sent: PortItem[] = []
    const outbox = new Outbox(1000, (item) => sent.push(item))
    const items = [open, chunk(500), chunk(200)]
    for (const item of items) {
      outbox.push(item)
      outbox.taken(costOf(item))
    }
    expect(sent).toEqual(items)
  })

  it('gives up what does not fit, and tells how much when half has been taken', () => {
    const sent: PortItem[] = []
    const outbox = new Outbox(1000, (item) => sent.push(item))
    for (const item of [open, chunk(700), chunk(100), chunk(10)]) outbox.push(item)
    expect(sent).toEqual([open, chunk(700)])
    outbox.taken(256)
    outbox.push(chunk(5))
    expect(sent).toHaveLength(2)
    outbox.taken(700)
    expect(sent.slice(2)).toEqual([{ kind: 'state', connected: true, droppedBytes: 115 }])
    outbox.push(chunk(1))
    expect(sent.at(-1)).toEqual(chunk(1))
  })

  it('keeps the last of the states that did not fit, with the sums of all', () => {
    const sent: PortItem[] = []
    const outbox = new Outbox(300, (item) => sent.push(item))
    const lost: PortItem = { kind: 'state', connected: false, detail: 'gone' }
    for (const item of [
      open,
      lost,
      { ...open, reopened: 1 },
      { ...open, blindMicros: 7 },
      chunk(3),
      lost,
      { ...open, reopened: 1 },
    ])
      outbox.push(item)
    outbox.taken(256)
    expect(sent.slice(1)).toEqual([{ ...open, reopened: 2, blindMicros: 7, droppedBytes: 3 }])
  })

  it('is never fuller than its limit, loses no count, and keeps the order', () => {
    const item = fc.oneof(
      fc.integer({ min: 1, max: 400 }).map(chunk),
      fc.constant<PortItem>({ kind: 'state', connected: true, reopened: 1 }),
      fc.constant<PortItem>({ kind: 'state', connected: true, blindMicros: 10 }),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(item, fc.boolean()), { maxLength: 200 }), (steps) => {
        const waiting: PortItem[] = []
        const given = noCounts()
        const got = noCounts()
        const outbox = new Outbox(1000, (sent) => waiting.push(sent))
        const take = (): void => {
          const first = waiting.shift()
          if (first === undefined) return
          count(got, first)
          outbox.taken(costOf(first))
        }
        for (const [pushed, taking] of steps) {
          count(given, pushed)
          outbox.push(pushed)
          expect(waiting.reduce((sum, each) => sum + costOf(each), 0)).toBeLessThanOrEqual(1000)
          if (taking) take()
        }
        while (waiting.length > 0) take()
        expect(got.bytes + got.droppedBytes).toBe(given.bytes)
        expect(got.reopened).toBe(given.reopened)
        expect(got.blindMicros).toBe(given.blindMicros)
      }),
    )
  })
})

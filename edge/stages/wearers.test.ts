import { describe, expect, it } from 'vitest'
import { emitted, epoch, ofKind, stamp } from '../testing/run.ts'
import { isoOf } from '../time.ts'
import { AssignmentBook, assignWearer } from './wearers.ts'

const at = (seconds: number): string => isoOf(epoch + seconds * 1e6)
const vital = (seconds: number, device = 'd-1') => ({
  kind: 'vital' as const,
  ...stamp(seconds, { device, wearer: '' }),
  signal: 'spo2' as const,
  value: 97,
  from: 'device' as const,
})

describe('assignments', () => {
  it('hold from one moment to another, the end exclusive', () => {
    const book = new AssignmentBook([{ device: 'd-1', wearer: 'w-1', from: at(10), to: at(20) }])
    expect([9, 10, 19, 20].map((s) => book.wearerOf('d-1', epoch + s * 1e6))).toEqual([
      undefined,
      'w-1',
      'w-1',
      undefined,
    ])
  })

  it('give way to one that began later, made at run time or not', () => {
    const book = new AssignmentBook([{ device: 'd-1', wearer: 'w-1' }])
    book.assign({ device: 'd-1', wearer: 'w-2' }, at(30))
    book.release('d-1', at(40))
    expect([29, 30, 40].map((s) => book.wearerOf('d-1', epoch + s * 1e6))).toEqual(['w-1', 'w-2', undefined])
  })

  it('are listed with the moment at which a later one or a release ended them', () => {
    const book = new AssignmentBook([{ device: 'd-1', wearer: 'w-1' }])
    book.assign({ device: 'd-1', wearer: 'w-2' }, at(30))
    book.release('d-1', at(40))
    expect(book.list()).toEqual([
      { device: 'd-1', wearer: 'w-1', to: at(30) },
      { device: 'd-1', wearer: 'w-2', from: at(30), to: at(40) },
    ])
  })

  it('made at run time are still there after a restart', () => {
    const before = new AssignmentBook([])
    before.assign({ device: 'd-1', wearer: 'w-2' }, at(0))
    const after = new AssignmentBook([])
    after.changes.restore(before.changes.takeChanged())
    expect(after.wearerOf('d-1', epoch + 1)).toBe('w-2')
    expect(after.devicesOf('w-2', epoch + 1)).toEqual(['d-1'])
  })

  it('stop what nobody wears, counted, and name the wearer of the rest', () => {
    const unassigned = new Map<string, number>()
    const stage = assignWearer(new AssignmentBook([{ device: 'd-1', wearer: 'w-1' }]), unassigned)
    const out = emitted(stage, [vital(0), vital(1, 'stray'), vital(2, 'stray')])
    expect(ofKind(out, 'vital').map(({ wearer, tick }) => [wearer, tick])).toEqual([['w-1', 0]])
    expect(unassigned).toEqual(new Map([['stray', 2]]))
  })
})

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Subject } from 'rxjs'
import type { Flow } from '../flow.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import { commit } from './commit.ts'

/** A journal that writes down the order of things, and can be made to fail. */
function setUp(everyMillis = 250) {
  const log: string[] = []
  const disk = { fails: false }
  const state = new KeyedState(plainState<{ n: number }>('p', 1, () => ({ n: 0 })))
  const source = new Subject<Flow>()
  const journal = {
    commit(rows: readonly unknown[], items: readonly unknown[]) {
      if (disk.fails) throw new Error('no space left on device')
      log.push(`disk ${rows.length} ${items.length}`)
    },
  }
  const onDropped = (): unknown => log.push('dropped')
  const onError = (error: unknown): unknown => log.push(String(error))
  source
    .pipe(
      commit({
        journal,
        states: [state],
        sinks: [{ name: 'x' }],
        everyMillis,
        maxUnacknowledged: 3,
        onError,
        onDropped,
      }),
    )
    .subscribe((item) => log.push(`told ${item.kind}`))
  const delivered = (name: string): Flow => ({ kind: 'delivered', acknowledge: () => log.push(`ack ${name}`) })
  const summary = { kind: 'summary', summary: {} } as Flow
  const alarm = { kind: 'alarm', alarm: {} } as Flow
  return { log, disk, state, source, delivered, summary, alarm }
}

describe('commit', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('acknowledges and tells only after everything is on disk', () => {
    const { log, state, source, delivered, summary } = setUp()
    state.of('k').n = 1
    source.next(summary)
    source.next(delivered('a'))
    expect(log).toEqual([])
    vi.advanceTimersByTime(250)
    expect(log).toEqual(['disk 1 1', 'ack a', 'told summary'])
  })

  it('does not let an alarm wait', () => {
    const { log, source, alarm, delivered } = setUp()
    source.next(alarm)
    source.next(delivered('a'))
    vi.advanceTimersByTime(0)
    expect(log).toEqual(['disk 0 1', 'ack a', 'told alarm'])
  })

  it('lets a source send further ahead that says that it may, but not one that has fallen quiet', () => {
    const { log, source, delivered } = setUp()
    const far = (name: string): Flow => ({ ...delivered(name), ahead: 6 }) as Flow
    for (const name of ['a', 'b', 'c', 'd', 'e']) source.next(far(name))
    expect(log).toEqual([])
    source.next(far('f'))
    expect(log.splice(0)).toEqual(['disk 0 0', ...[...'abcdef'].map((name) => `ack ${name}`)])
    // One that sends no further than others counts for all.
    for (const one of [far('a'), delivered('b'), far('c')]) source.next(one)
    expect(log.splice(0)).toHaveLength(4)
    // Two may well wait for the usual time; with three it may be the broker that waits.
    const slow = setUp(60_000)
    for (const name of ['a', 'b', 'c']) slow.source.next({ ...slow.delivered(name), ahead: 6 } as Flow)
    vi.advanceTimersByTime(200)
    slow.source.next({ ...slow.delivered('d'), ahead: 6 } as Flow)
    vi.advanceTimersByTime(200)
    expect(slow.log).toEqual([])
    vi.advanceTimersByTime(60)
    expect(slow.log).toEqual(['disk 0 0', 'ack a', 'ack b', 'ack c', 'ack d'])
  })

  it('commits before the broker would stop sending', () => {
    const { log, source, delivered } = setUp()
    for (const name of ['a', 'b', 'c']) source.next(delivered(name))
    expect(log).toEqual(['disk 0 0', 'ack a', 'ack b', 'ack c'])
  })

  it('keeps everything while the disk is full, state rows too, and catches up', () => {
    const { log, disk, state, source, delivered, summary } = setUp()
    disk.fails = true
    state.of('k').n = 1
    source.next(summary)
    source.next(delivered('a'))
    vi.advanceTimersByTime(250)
    expect(log).toEqual(['Error: no space left on device'])
    disk.fails = false
    vi.advanceTimersByTime(1000)
    expect(log.slice(1)).toEqual(['disk 1 1', 'ack a', 'told summary'])
  })

  it('after a failure writes at its own time and not with every item, and never between two of one arrival', () => {
    const { log, disk, source, summary, delivered } = setUp()
    disk.fails = true
    for (let i = 0; i < 10; i += 1) {
      source.next(summary)
      source.next(delivered(String(i)))
    }
    disk.fails = false
    source.next(summary)
    source.next(delivered('last'))
    expect(log).toEqual(['Error: no space left on device'])
    vi.advanceTimersByTime(1000)
    expect(log.filter((line) => line.startsWith('disk'))).toEqual(['disk 0 11'])
    expect(log.filter((line) => line.startsWith('ack'))).toHaveLength(11)
  })

  it('with a disk that stays full gives up the oldest summaries, says so, and never an alarm', () => {
    const { log, disk, source, summary, alarm } = setUp()
    disk.fails = true
    source.next(alarm)
    for (let i = 0; i < 50_001; i += 1) source.next(summary)
    expect(log.filter((line) => line === 'dropped')).toHaveLength(2)
    disk.fails = false
    vi.advanceTimersByTime(2000)
    expect(log).toContain('disk 0 50000')
    expect(log.filter((line) => line === 'told alarm')).toHaveLength(1)
  })

  it('commits what is left when the stream ends', () => {
    const { log, source, summary } = setUp()
    source.next(summary)
    source.complete()
    expect(log).toEqual(['disk 0 1', 'told summary'])
  })
})

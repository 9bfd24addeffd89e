import { describe, expect, it, vi } from 'vitest'
import { RefusedForGood, type Sink, type Stored } from '../messages.ts'
import { openDatabase } from '../state/database.ts'
import { Journal } from '../state/journal.ts'
import { Forwarder } from './forwarder.ts'

const summary = (at: string): Stored => ({ kind: 'summary', summary: { spanSeconds: 1, at } }) as Stored

function setUp() {
  const journal = new Journal(openDatabase(':memory:'))
  const got: string[] = []
  const destination: { down: boolean; refuses?: string } = { down: false }
  const sink: Sink = {
    name: 'x',
    write(items) {
      if (destination.down) return Promise.reject(new Error('connection refused'))
      if (items.some((item) => item.kind === 'summary' && item.summary.at === destination.refuses))
        return Promise.reject(new RefusedForGood('field type conflict'))
      got.push(...items.map((item) => (item.kind === 'summary' ? item.summary.at : '')))
      return Promise.resolve()
    },
    stop: () => Promise.resolve(),
  }
  const forwarder = new Forwarder(sink, journal, () => undefined)
  const put = (...at: string[]) => journal.commit([], at.map(summary), [{ name: 'x' }], [])
  return { journal, got, destination, forwarder, put }
}

describe('forwarder', () => {
  it('sends everything after an outage, in order, and nothing is left behind', async () => {
    const { journal, got, destination, forwarder, put } = setUp()
    destination.down = true
    put('1', '2')
    forwarder.wake()
    await vi.waitFor(() => expect(forwarder.state.failures).toBeGreaterThan(0))
    expect(forwarder.state).toMatchObject({ lastError: 'connection refused' })
    put('3')
    expect(journal.waiting()).toEqual({ x: 3 })
    destination.down = false
    await vi.waitFor(() => expect(got).toEqual(['1', '2', '3']), { timeout: 5000 })
    expect(journal.waiting()).toEqual({})
    expect(forwarder.state.failingSince).toBeUndefined()
    await forwarder.stop(100)
  })

  it('puts aside only what the destination will never take, and sends the rest', async () => {
    const { journal, got, destination, forwarder, put } = setUp()
    destination.refuses = '3'
    put('1', '2', '3', '4', '5')
    forwarder.wake()
    await vi.waitFor(() => expect(got).toEqual(['1', '2', '4', '5']))
    await vi.waitFor(() => expect(journal.waiting()).toEqual({}))
    expect(forwarder.state).toMatchObject({ sent: 4, refused: 1 })
    await forwarder.stop(100)
  })

  it('stops within its grace while the destination is down, and keeps what waits', async () => {
    const { journal, destination, forwarder, put } = setUp()
    destination.down = true
    put('1')
    forwarder.wake()
    await forwarder.stop(100)
    expect(journal.waiting()).toEqual({ x: 1 })
  })
})

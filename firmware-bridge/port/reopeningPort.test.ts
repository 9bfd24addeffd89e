import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { OpenedPort, PortHardware } from './portHardware.ts'
import type { ListedPort } from './portIdentity.ts'
import type { PortItem } from './portItem.ts'
import { defaultPortOptions, type PortOptions } from './portOptions.ts'
import { ReopeningPort, type Takeover } from './reopeningPort.ts'

/** A computer whose ports do what the test says; only this is not real. */
class FakeHardware implements PortHardware {
  ports: ListedPort[] = []
  device: string | undefined = 'first'
  /** What the next openings fail with; when used up, they succeed. */
  refusals: string[] = []
  readonly opened: string[] = []
  closed = 0
  #waiting: { resolve: (length: number) => void; reject: (error: Error) => void; buffer: Buffer } | undefined

  list = () => Promise.resolve(this.ports)
  deviceAt = () => Promise.resolve(this.device)

  open(path: string): Promise<OpenedPort> {
    const refusal = this.refusals.shift()
    if (refusal !== undefined) return Promise.reject(new Error(refusal))
    this.opened.push(path)
    return Promise.resolve({
      read: (buffer) => new Promise((resolve, reject) => (this.#waiting = { resolve, reject, buffer })),
      close: () => {
        this.closed += 1
        this.#waiting?.reject(new Error('Canceled'))
        return Promise.resolve()
      },
    })
  }

  async arrive(...bytes: number[]): Promise<void> {
    const { resolve, buffer } = this.#waiting!
    resolve(Buffer.from(bytes).copy(buffer))
    await vi.advanceTimersByTimeAsync(0)
  }

  async fail(message: string): Promise<void> {
    this.#waiting?.reject(new Error(message))
    await vi.advanceTimersByTimeAsync(0)
  }
}

describe('ReopeningPort', () => {
  let hardware: FakeHardware
  let items: PortItem[]
  let stopping: AbortController
  let running: Promise<void>

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 })
    hardware = new FakeHardware()
    items = []
    stopping = new AbortController()
  })
  afterEach(async () => {
    stopping.abort()
    await vi.advanceTimersByTimeAsync(0)
    await running
    vi.useRealTimers()
  })

  const micros = () => Date.now() * 1000
  async function start(of: Partial<PortOptions> = {}, takeover?: Takeover): Promise<void> {
    const options = { ...defaultPortOptions, ...(of.port === undefined && { path: '/dev/a' }), ...of }
    const parts = {
      hardware,
      emit: (item: PortItem) => items.push(item),
      clock: { wall: micros, monotonic: micros },
      random: () => 0,
    }
    running = new ReopeningPort(options, parts, takeover).run(stopping.signal)
    await vi.advanceTimersByTimeAsync(0)
  }
  const wait = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000)
  const taken = () => items.splice(0)

  it('tells that it is open, and hands over each chunk with its time', async () => {
    await start()
    await wait(1)
    await hardware.arrive(1, 2)
    await wait(1)
    await hardware.arrive(3)
    expect(items).toEqual([
      { kind: 'state', connected: true },
      { kind: 'chunk', bytes: Uint8Array.of(1, 2), receivedAt: 1_001_000_000 },
      { kind: 'chunk', bytes: Uint8Array.of(3), receivedAt: 1_002_000_000 },
    ])
  })

  it('opens again after a loss, and says with the first byte how long it was blind since the last', async () => {
    await start()
    await hardware.arrive(1)
    await wait(2)
    taken()
    await hardware.fail('I/O error')
    expect(taken()).toEqual([{ kind: 'state', connected: false, detail: '/dev/a: I/O error' }])
    await wait(0.5)
    expect(taken()).toEqual([{ kind: 'state', connected: true, reopened: 1 }])
    await wait(1)
    await hardware.arrive(2)
    expect(taken()).toEqual([
      { kind: 'state', connected: true, blindMicros: 3_500_000 },
      { kind: 'chunk', bytes: Uint8Array.of(2), receivedAt: 1_003_500_000 },
    ])
    expect(hardware.closed).toBe(1)
  })

  it('tries without end, more and more seldom, and tells each reason once', async () => {
    hardware.refusals = [...Array<string>(4).fill('no such file'), 'permission denied']
    await start()
    await wait(0.5 + 1 + 2 + 3.9)
    expect(taken()).toEqual([{ kind: 'state', connected: false, detail: 'no such file' }])
    await wait(0.1)
    expect(taken()).toEqual([{ kind: 'state', connected: false, detail: 'permission denied' }])
    await wait(5)
    await hardware.arrive(9)
    expect(taken()).toMatchObject([
      { connected: true },
      { connected: true, blindMicros: 12_500_000 },
      { kind: 'chunk' },
    ])
  })

  it('does not hurry again until a byte has come: a port that opens and fails at once is no success', async () => {
    await start()
    await hardware.fail('unplugged')
    await wait(0.5)
    await hardware.fail('unplugged')
    await wait(0.9)
    expect(hardware.opened).toHaveLength(2)
    await wait(0.1)
    expect(hardware.opened).toHaveLength(3)
    await hardware.arrive(1)
    await hardware.fail('unplugged')
    await wait(0.5)
    expect(hardware.opened).toHaveLength(4)
  })

  it('opens a silent line again, says that it is quiet, and for how long when it speaks', async () => {
    await start({ reopenAfterSeconds: 10 })
    await hardware.arrive(1)
    await wait(9.5)
    taken()
    await wait(0.5)
    const quiet = { kind: 'state', connected: true, detail: 'quiet: no byte for 10 s: opened again', reopened: 1 }
    expect(taken()).toEqual([quiet])
    await wait(10)
    expect(taken()).toEqual([quiet])
    await wait(1)
    await hardware.arrive(2)
    expect(taken()).toMatchObject([{ connected: true, blindMicros: 21_000_000 }, { kind: 'chunk' }])
    expect(items).not.toContainEqual(expect.objectContaining({ detail: expect.anything() as string }))
  })

  it('leaves a silent line alone if it is told so', async () => {
    await start({ reopenAfterSeconds: 0 })
    await wait(3600)
    expect(items).toEqual([{ kind: 'state', connected: true }])
  })

  it.each([['another'], ['ENOENT']])('notices %s behind the path although the read under way goes on', async (now) => {
    await start()
    await hardware.arrive(1)
    taken()
    hardware.device = now
    await wait(0.5)
    expect(taken()).toEqual([{ kind: 'state', connected: false, detail: '/dev/a: gone, or another device now' }])
    await wait(0.5)
    expect(taken()).toEqual([{ kind: 'state', connected: true, reopened: 1 }])
  })

  it('looks for the port by what it is at each opening', async () => {
    const port = { path: '/dev/ttyUSB0', serialNumber: 'A1' }
    await start({ port: { serialNumber: 'A1' } })
    expect(items).toMatchObject([{ connected: false, detail: expect.stringContaining('serialNumber "A1"') as string }])
    hardware.ports = [port]
    await wait(0.5)
    hardware.ports = [{ ...port, path: '/dev/ttyUSB3' }]
    await hardware.fail('unplugged')
    await wait(1)
    expect(hardware.opened).toEqual(['/dev/ttyUSB0', '/dev/ttyUSB3'])
  })

  it('takes over from a reader that died: counts the opening and the time since the last byte', async () => {
    await start({}, { opened: true, deafSince: micros() - 4_000_000 })
    await wait(1)
    await hardware.arrive(1)
    expect(items).toMatchObject([{ connected: true, reopened: 1 }, { blindMicros: 5_000_000 }, { kind: 'chunk' }])
  })

  it('closes the port when it is to end, and tells nothing more', async () => {
    await start()
    taken()
    stopping.abort()
    await wait(0)
    await running
    expect(hardware.closed).toBe(1)
    expect(items).toEqual([])
  })
})

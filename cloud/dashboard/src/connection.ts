import type { Snapshot, WallChange } from '../../view.ts'
import { apply, fromSnapshot } from './state.ts'
import type { State } from './state.ts'

/** `lost`: nothing has come for so long that what stands on the page is old. */
export type ConnectionState = 'connecting' | 'live' | 'lost'

/** The server speaks at least every 5 s; after three times that it is gone, in ms. */
const lostAfterMs = 15_000
const eventNames = ['alarm', 'wearer', 'summary', 'gateway', 'broker', 'erased'] as const

/** Keeps the page's state in step with the server, from the state in the page on, and connects again by itself. */
export class Connection {
  state: State
  connection: ConnectionState = 'connecting'
  /** When the server last spoke, by our clock in ms. */
  heardAt = Date.now()
  private source: EventSource | undefined
  private readonly onChange: () => void
  private frame: number | undefined

  constructor(initial: Snapshot, onChange: () => void) {
    this.state = fromSnapshot(initial)
    this.onChange = onChange
  }

  start(): void {
    this.open()
    setInterval(() => this.lookAtClock(), 1000)
  }

  update(state: State): void {
    this.state = state
    // A hidden page gets no frames; it may be late, but its title must not be.
    if (document.hidden) return this.onChange()
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined
      this.onChange()
    })
  }

  private open(): void {
    this.source?.close()
    const source = new EventSource('./api/events')
    this.source = source
    source.addEventListener('snapshot', (event) => {
      this.heard()
      this.update(fromSnapshot(JSON.parse(String(event.data)) as Snapshot))
    })
    source.addEventListener('heartbeat', () => this.heard())
    for (const name of eventNames) {
      source.addEventListener(name, (event) => {
        this.heard()
        const change = { event: name, data: JSON.parse(String(event.data)) as unknown } as WallChange
        this.update(apply(this.state, change))
      })
    }
    source.addEventListener('error', () => {
      if (this.connection === 'live') this.connection = 'connecting'
      this.onChange()
    })
  }

  private heard(): void {
    this.heardAt = Date.now()
    if (this.connection === 'live') return
    this.connection = 'live'
    this.onChange()
  }

  private lookAtClock(): void {
    if (Date.now() - this.heardAt > lostAfterMs) {
      this.connection = 'lost'
      // A refused answer ends an EventSource for good, and a half-open socket never ends it: begin anew.
      if (this.source?.readyState !== EventSource.CONNECTING || Date.now() - this.heardAt > 2 * lostAfterMs) this.open()
      void this.lookForLogin()
    }
    this.onChange()
  }

  private async lookForLogin(): Promise<void> {
    const answer = await fetch('./api/gateways').catch(() => undefined)
    if (answer?.status === 401) location.reload()
  }
}

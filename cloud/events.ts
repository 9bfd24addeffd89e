import type { ServerResponse } from 'node:http'
import type { Role } from './roles.ts'
import type { WallChange } from './view.ts'
import type { Wall } from './wall.ts'

/** How often a page hears from us though nothing changed, in ms: after three times as long without, it is stale. */
const heartbeatMs = 5000
const mostListeners = 200
/** A page that reads slower than this many bytes behind is let go; it comes back and begins anew. */
const mostBehind = 1024 * 1024

/**
 * Server-sent events to every page that listens: `snapshot` first, then each change of the wall under its name, and
 * `heartbeat` in between (an event, as pages cannot see comments, and they must notice when we have died).
 */
export class Events {
  private readonly wall: Wall
  private readonly listeners = new Map<ServerResponse, Role>()
  private readonly heartbeat: NodeJS.Timeout
  dropped = 0

  constructor(wall: Wall) {
    this.wall = wall
    wall.changes.subscribe((change) => this.tell(change))
    this.heartbeat = setInterval(() => this.send(message('heartbeat', { at: new Date().toISOString() })), heartbeatMs)
  }

  get count(): number {
    return this.listeners.size
  }

  /** Pages of people who may answer an alarm. */
  get answering(): number {
    return [...this.listeners.values()].filter((role) => role !== 'viewer').length
  }

  get isFull(): boolean {
    return this.listeners.size >= mostListeners
  }

  /** Takes over a response: it stays open until the page leaves or `stop`. */
  async add(response: ServerResponse, role: Role): Promise<void> {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Accel-Buffering': 'no',
    })
    response.write('retry: 2000\n\n')
    response.on('close', () => this.listeners.delete(response))
    response.on('error', () => this.listeners.delete(response))
    // In one turn with the snapshot: no change can come between the two.
    const snapshot = await this.wall.snapshot()
    if (response.destroyed || response.writableEnded) return
    response.write(message('snapshot', { ...snapshot, role }))
    this.listeners.set(response, role)
  }

  stop(): void {
    clearInterval(this.heartbeat)
    for (const response of this.listeners.keys()) response.end()
    this.listeners.clear()
  }

  private tell({ event, data }: WallChange): void {
    if (this.listeners.size > 0) this.send(message(event, data))
  }

  private send(text: string): void {
    for (const response of this.listeners.keys()) {
      if (response.writableLength > mostBehind) {
        this.dropped += 1
        this.listeners.delete(response)
        response.destroy()
      } else {
        response.write(text)
      }
    }
  }
}

/** JSON holds no line breaks, so that one line of data is enough. */
function message(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

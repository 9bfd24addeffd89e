import { BackOff } from './backOff.ts'
import type { OpenedPort, PortHardware } from './portHardware.ts'
import { matchPort } from './portIdentity.ts'
import type { PortItem } from './portItem.ts'
import type { PortOptions } from './portOptions.ts'

/** What an earlier reader of the same port knew, for the one that takes over from it. */
export interface Takeover {
  /** Since when nothing is heard, on the monotonic clock, µs. */
  deafSince?: number | undefined
  /** Whether the port has been open before. */
  opened: boolean
}

export interface ReaderParts {
  hardware: PortHardware
  /** Takes each item at once; `bytes` are its own. */
  emit: (item: PortItem) => void
  clock: PortClock
  random: () => number
}

export interface PortClock {
  /** Integer µs since the epoch. */
  wall: () => number
  /** Never set; the same for all processes of the computer, µs. */
  monotonic: () => number
}

/** The most that one read takes: more than a kernel holds for a port. */
const readBytes = 65_536
/** How often it is looked after silence and after the device behind the path. */
const lookEveryMillis = 500
const closeMillis = 2000

/** One port, opened again after whatever happens to it, until aborted. */
export class ReopeningPort {
  readonly #options: PortOptions
  readonly #parts: ReaderParts
  readonly #backOff: BackOff
  readonly #buffer = Buffer.allocUnsafe(readBytes)
  /** Since when nothing is heard, of a line that was lost or is silent, monotonic µs. */
  #deafSince: number | undefined
  #openedBefore: boolean
  /** Why the port was opened again although it was not lost. */
  #quiet: string | undefined
  /** Last byte or, if none came yet, the opening; monotonic µs. */
  #heardAt = 0
  #lastRefusal: string | undefined

  constructor(options: PortOptions, parts: ReaderParts, takeover: Takeover = { opened: false }) {
    this.#options = options
    this.#parts = parts
    this.#backOff = new BackOff(parts.random)
    this.#deafSince = takeover.deafSince
    this.#openedBefore = takeover.opened
  }

  /** Resolves when `signal` is aborted and the port closed. Never rejects: what goes wrong is told as a state. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const lost = await this.#readOnce(signal)
      if (lost === 'reopen' || signal.aborted) continue
      await pause(this.#backOff.next(), signal)
    }
  }

  /** Opens, reads until the port is lost or silent, closes. */
  async #readOnce(signal: AbortSignal): Promise<'lost' | 'reopen'> {
    let port: OpenedPort
    let path: string
    let device: string | undefined
    try {
      path = await this.#find()
      // Before the opening: a device that comes between the two is then noticed as another one.
      device = await this.#parts.hardware.deviceAt(path)
      port = await this.#parts.hardware.open(path, this.#lineSettings())
    } catch (error) {
      this.#deafSince ??= this.#parts.clock.monotonic()
      this.#quiet = undefined
      this.#refused(messageOf(error))
      return 'lost'
    }
    this.#opened()
    const end = await this.#readUntilLost(port, path, device, signal)
    await Promise.race([port.close().catch(() => undefined), pause(closeMillis)])
    if (signal.aborted) return 'lost'
    this.#deafSince ??= this.#heardAt
    if (end.quiet) {
      this.#quiet = end.why
      return 'reopen'
    }
    this.#quiet = undefined
    this.#parts.emit({ kind: 'state', connected: false, detail: end.why })
    return 'lost'
  }

  async #find(): Promise<string> {
    const { path, port } = this.#options
    return path ?? matchPort(port ?? {}, await this.#parts.hardware.list())
  }

  #lineSettings() {
    const { baudRate, dataBits, parity, stopBits, lock } = this.#options
    return { baudRate, dataBits, parity, stopBits, lock }
  }

  #opened(): void {
    this.#heardAt = this.#parts.clock.monotonic()
    this.#lastRefusal = undefined
    const quiet = this.#quiet
    this.#parts.emit({
      kind: 'state',
      connected: true,
      ...(quiet !== undefined && { detail: `${quiet}: opened again` }),
      ...(this.#openedBefore && { reopened: 1 }),
    })
    this.#openedBefore = true
  }

  /** Told once for each reason, and not at each attempt. */
  #refused(why: string): void {
    if (why === this.#lastRefusal) return
    this.#lastRefusal = why
    this.#parts.emit({ kind: 'state', connected: false, detail: why })
  }

  #readUntilLost(
    port: OpenedPort,
    path: string,
    device: string | undefined,
    signal: AbortSignal,
  ): Promise<{ why: string; quiet: boolean }> {
    const { clock, hardware } = this.#parts
    const { reopenAfterSeconds } = this.#options
    return new Promise((resolve) => {
      let over = false
      const end = (why: string, quiet = false): void => {
        over = true
        clearInterval(timer)
        signal.removeEventListener('abort', aborted)
        resolve({ why, quiet })
      }
      const aborted = (): void => end('closed')
      signal.addEventListener('abort', aborted)
      const timer = setInterval(() => {
        if (reopenAfterSeconds > 0 && clock.monotonic() - this.#heardAt >= reopenAfterSeconds * 1e6)
          return end(`quiet: no byte for ${reopenAfterSeconds} s`, true)
        // A line that is gone does not always end the read under way.
        if (device !== undefined)
          void hardware.deviceAt(path).then((now) => {
            if (now !== device && !over) end(`${path}: gone, or another device now`)
          })
      }, lookEveryMillis)
      const pump = async (): Promise<void> => {
        while (!over) {
          const length = await port.read(this.#buffer)
          if (over) return
          if (length === 0) return end(`${path}: end of the line`)
          this.#received(length)
        }
      }
      pump().catch((error: unknown) => {
        if (!over) end(`${path}: ${messageOf(error)}`)
      })
      if (signal.aborted) aborted()
    })
  }

  #received(length: number): void {
    const { clock, emit } = this.#parts
    const receivedAt = clock.wall()
    this.#heardAt = clock.monotonic()
    this.#backOff.reset()
    if (this.#deafSince !== undefined) {
      const blindMicros = Math.round(this.#heardAt - this.#deafSince)
      this.#deafSince = undefined
      this.#quiet = undefined
      emit({ kind: 'state', connected: true, blindMicros })
    }
    emit({ kind: 'chunk', bytes: new Uint8Array(this.#buffer.subarray(0, length)), receivedAt })
  }
}

/** Resolves after `millis`, or at once when `signal` is aborted. */
function pause(millis: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const over = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', over)
      resolve()
    }
    const timer = setTimeout(over, millis)
    signal?.addEventListener('abort', over)
  })
}

function messageOf(error: unknown): string {
  // The binding puts the kind of error before its message.
  return (error instanceof Error ? error.message : String(error)).replace(/^Error: /, '')
}

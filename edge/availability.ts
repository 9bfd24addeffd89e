import { schemaVersion, type Availability } from './messages.ts'
import { isoOf } from './time.ts'

/** When a device was last heard, µs since the epoch. */
type Heard = readonly [device: string, heard: { lastHeardAt: number }]

/**
 * Which devices came or went since the last look: one is online if it was heard within the span after which it counts as silent. Only
 * changes are told, so that what the broker keeps is written seldom.
 */
export class DeviceAvailability {
  readonly #gateway: string
  readonly #silenceMicros: number
  readonly #told = new Map<string, Availability['state']>()

  constructor(gateway: string, silenceSeconds: number) {
    this.#gateway = gateway
    this.#silenceMicros = silenceSeconds * 1e6
  }

  /** Of every device that has ever been heard. @param now wall clock, µs since the epoch */
  look(devices: Iterable<Heard>, now: number): Availability[] {
    return [...devices].flatMap(([device, { lastHeardAt }]) => {
      if (lastHeardAt === 0) return []
      const state = now - lastHeardAt <= this.#silenceMicros ? 'online' : 'offline'
      if (this.#told.get(device) === state) return []
      this.#told.set(device, state)
      return [{ schemaVersion, gateway: this.#gateway, device, state, lastHeardAt: isoOf(lastHeardAt) }]
    })
  }

  /** A broker that comes back may have lost its memory: all is told again. */
  forget(): void {
    this.#told.clear()
  }
}

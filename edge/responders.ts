import type { Responder } from './messages.ts'

/** A responder says at least every ten seconds that it is there; after three times that it is not. */
export const responderLeaseMillis = 30_000
const mostResponders = 1000

/**
 * Who has said lately that people look at what the gateway tells: dashboards with open pages, programs on the broker. Kept in
 * memory only, as whoever is there says so again.
 */
export class Responders {
  readonly #monotonic: () => number
  readonly #until = new Map<string, { at: number; people: number }>()

  /** @param monotonic ms that no setting of the clock changes */
  constructor(monotonic: () => number) {
    this.#monotonic = monotonic
  }

  /** @returns whether there is room for it */
  hear({ responder, people }: Responder): boolean {
    this.#forget()
    if (people === 0) return this.#until.delete(responder) || true
    if (this.#until.size >= mostResponders && !this.#until.has(responder)) return false
    this.#until.set(responder, { at: this.#monotonic() + responderLeaseMillis, people })
    return true
  }

  /** What it heard over a connection that is gone is no longer known. */
  clear(): void {
    this.#until.clear()
  }

  /** People at all responders that are there. */
  get people(): number {
    this.#forget()
    return [...this.#until.values()].reduce((sum, { people }) => sum + people, 0)
  }

  #forget(): void {
    const now = this.#monotonic()
    for (const [name, { at }] of this.#until) if (now >= at) this.#until.delete(name)
  }
}

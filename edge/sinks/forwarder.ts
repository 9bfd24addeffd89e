import type { Sink } from '../messages.ts'
import type { Journal } from '../state/journal.ts'

export interface ForwarderState {
  /** Confirmed since the start. */
  sent: number
  failures: number
  /** Since when the destination does not answer (ISO 8601), and what it said last. */
  failingSince?: string
  lastError?: string
}

const batchSize = 1000
const firstRetryMillis = 500
const longestRetryMillis = 5_000
const writeTimeoutMillis = 15_000

/**
 * Carries rows from the outbox to one destination, alarms first, and takes them out only when the destination has
 * confirmed them. Tries for ever, with back-off.
 */
export class Forwarder {
  readonly name: string
  readonly state: ForwarderState = { sent: 0, failures: 0 }
  readonly #sink: Sink
  readonly #journal: Pick<Journal, 'waitingFor' | 'confirmed'>
  readonly #onError: (error: unknown) => void
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #stopped = false

  constructor(sink: Sink, journal: Pick<Journal, 'waitingFor' | 'confirmed'>, onError: (error: unknown) => void) {
    this.name = sink.name
    this.#sink = sink
    this.#journal = journal
    this.#onError = onError
  }

  /** There may be something to send. */
  wake(): void {
    if (this.#stopped || this.#running !== undefined || this.#timer !== undefined) return
    this.#running = this.#drain().finally(() => {
      this.#running = undefined
    })
  }

  /** Sends what still waits, for at most `graceMillis`, and ends. */
  async stop(graceMillis: number): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.wake()
    await Promise.race([this.#running, new Promise((resolve) => setTimeout(resolve, graceMillis).unref())])
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#sink.stop()
  }

  async #drain(): Promise<void> {
    for (;;) {
      const rows = this.#stopped ? [] : this.#journal.waitingFor(this.#sink.name, batchSize)
      if (rows.length === 0) return
      try {
        await withTimeout(this.#sink.write(rows.map(({ item }) => item)), writeTimeoutMillis)
        if (this.#stopped) return
        this.#journal.confirmed(rows)
        this.state.sent += rows.length
        this.#recovered()
      } catch (error) {
        this.#failed(error)
        return
      }
    }
  }

  #recovered(): void {
    this.#retryMillis = firstRetryMillis
    delete this.state.failingSince
    delete this.state.lastError
  }

  #retryMillis = firstRetryMillis

  #failed(error: unknown): void {
    this.state.failures += 1
    if (this.state.failingSince === undefined) this.#onError(error)
    this.state.failingSince ??= new Date().toISOString()
    this.state.lastError = error instanceof Error ? error.message : String(error)
    if (this.#stopped) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.wake()
    }, this.#retryMillis)
    this.#retryMillis = Math.min(2 * this.#retryMillis, longestRetryMillis)
  }
}

async function withTimeout(work: Promise<void>, millis: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no confirmation within ${millis} ms`)), millis)
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}

import { RefusedForGood, type Sink } from '../messages.ts'
import type { Journal, Waiting } from '../state/journal.ts'

export interface ForwarderState {
  /** Confirmed since the start. */
  sent: number
  failures: number
  /** Rows that the destination will never take: they are in the quarantine. */
  refused: number
  /** Since when the destination does not answer (ISO 8601), and what it said last. */
  failingSince?: string
  lastError?: string
}

const batchSize = 1000
const firstRetryMillis = 500
const longestRetryMillis = 5_000
const writeTimeoutMillis = 15_000

type Outbox = Pick<Journal, 'waitingFor' | 'confirmed' | 'giveUp'>

/**
 * Carries rows from the outbox to one destination, alarms first, and takes them out only when the destination has
 * confirmed them. Tries for ever, with back-off.
 */
export class Forwarder {
  readonly name: string
  readonly state: ForwarderState = { sent: 0, failures: 0, refused: 0 }
  readonly #sink: Sink
  readonly #journal: Outbox
  readonly #onError: (error: unknown) => void
  #retryMillis = firstRetryMillis
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #stopped = false

  constructor(sink: Sink, journal: Outbox, onError: (error: unknown) => void) {
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
      try {
        const rows = this.#stopped ? [] : this.#journal.waitingFor(this.#sink.name, batchSize)
        if (rows.length === 0) return
        await this.#write(rows)
        if (this.#stopped) return
        this.#recovered()
      } catch (error) {
        this.#failed(error)
        return
      }
    }
  }

  /** Writes rows; of those that are refused for good finds the single ones that are to blame, and puts them aside. */
  async #write(rows: readonly Waiting[]): Promise<void> {
    try {
      await withTimeout(this.#sink.write(rows.map(({ item }) => item)), writeTimeoutMillis)
    } catch (error) {
      if (!(error instanceof RefusedForGood) || this.#stopped) throw error
      const half = Math.ceil(rows.length / 2)
      if (half < rows.length) {
        await this.#write(rows.slice(0, half))
        return this.#write(rows.slice(half))
      }
      for (const row of rows) this.#journal.giveUp(row, this.name, error.message)
      this.state.refused += rows.length
      this.#onError(error)
      return
    }
    if (this.#stopped) return
    this.#journal.confirmed(rows)
    this.state.sent += rows.length
  }

  #recovered(): void {
    this.#retryMillis = firstRetryMillis
    delete this.state.failingSince
    delete this.state.lastError
  }

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

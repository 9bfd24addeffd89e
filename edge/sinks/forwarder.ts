import { RefusedForGood, type Sink, type Stored } from '../messages.ts'
import type { Journal } from '../state/journal.ts'

export interface ForwarderState {
  /** Confirmed since the start. */
  sent: number
  failures: number
  /** Items that the destination will never take: they are in the quarantine. */
  refused: number
  /** Since when the destination does not answer (ISO 8601), and what it said last. */
  failingSince?: string
  lastError?: string
  /** When it last confirmed something. */
  lastSentAt?: string
}

const firstBatch = 1000
const smallestBatch = 50
const largestBatch = 5000
/** An alarm waits for the batch that is under way: a slower one makes the next one smaller, a quick one larger. */
const slowMillis = 400
const quickMillis = 150
const firstRetryMillis = 500
const longestRetryMillis = 5_000
const writeTimeoutMillis = 15_000

type Outbox = Pick<Journal, 'batchFor' | 'confirmed' | 'giveUp'>

/**
 * Carries items from the outbox to one destination, alarms first, and takes them out only when the destination has
 * confirmed them. Tries for ever, with back-off. Batches are as large as the destination takes in less than half a second, so
 * that an alarm that comes while a backlog drains waits no longer than one of them.
 */
export class Forwarder {
  readonly name: string
  readonly state: ForwarderState = { sent: 0, failures: 0, refused: 0 }
  readonly #sink: Sink
  readonly #journal: Outbox
  readonly #onError: (error: unknown) => void
  #batch = firstBatch
  #retryMillis = firstRetryMillis
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #stopped = false
  /** Since when something was tried and nothing confirmed, monotonic ms; absent: all was. */
  #tryingSince: number | undefined
  #hasTried = false
  #refusedLast = false

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

  /** Whether the destination confirms what it is sent, and for how long it has not, ms; nothing before the first try. */
  get answer(): { answers?: boolean; unansweredMillis?: number; error?: string } {
    if (!this.#hasTried) return {}
    if (this.#tryingSince === undefined) return { answers: true }
    const { lastError: error } = this.state
    const unansweredMillis = performance.now() - this.#tryingSince
    return { answers: false, unansweredMillis, ...(error !== undefined && { error }) }
  }

  /** Whether people hear of alarms through it: such as far as is known, as long as it takes what it is sent. */
  get reachesPeople(): boolean {
    return this.#sink.audience === 'people' && this.#tryingSince === undefined && !this.#refusedLast
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
        if (this.#stopped) return
        const batch = this.#journal.batchFor(this.name, Math.min(this.#batch, this.#sink.maxItems ?? Infinity))
        if (batch.chunks.length === 0) return
        const startedAt = performance.now()
        this.#tryingSince ??= startedAt
        this.#hasTried = true
        await this.#write(batch.items)
        this.#tryingSince = undefined
        // Once the gateway is stopped its data file is closed; what was sent now will be sent again.
        if (this.#stopped) return
        this.#journal.confirmed(batch)
        this.#recovered()
        this.#adapt(batch.items.length, performance.now() - startedAt)
      } catch (error) {
        this.#failed(error)
        return
      }
    }
  }

  /** Writes items; of those that are refused for good finds the single ones that are to blame, and puts them aside. */
  async #write(items: readonly Stored[]): Promise<void> {
    if (items.length === 0) return
    const most = this.#sink.maxItems ?? items.length
    if (items.length > most) {
      for (let start = 0; start < items.length; start += most) await this.#write(items.slice(start, start + most))
      return
    }
    try {
      await withTimeout(this.#sink.write(items), writeTimeoutMillis)
    } catch (error) {
      if (!(error instanceof RefusedForGood) || this.#stopped) throw error
      const half = Math.ceil(items.length / 2)
      if (half < items.length) {
        await this.#write(items.slice(0, half))
        return this.#write(items.slice(half))
      }
      for (const item of items) this.#journal.giveUp(item, this.name, error.message)
      this.state.refused += items.length
      this.#refusedLast = true
      this.#onError(error)
      return
    }
    this.state.sent += items.length
    this.#refusedLast = false
    this.state.lastSentAt = new Date().toISOString()
  }

  #adapt(items: number, millis: number): void {
    if (millis > slowMillis) this.#batch = Math.max(smallestBatch, Math.floor(this.#batch / 2))
    else if (millis < quickMillis && items >= this.#batch / 2)
      this.#batch = Math.min(largestBatch, Math.ceil(this.#batch * 1.5))
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
    // After an outage the first batch is small: alarms that come meanwhile do not wait for a destination that is still slow.
    this.#batch = Math.min(this.#batch, firstBatch)
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

const bucketMicros = 60_000_000
const buckets = 60

/** How much came in the last hour, by minutes. Before an hour has passed: as much an hour as came until now. */
export class GrowthRate {
  readonly #now: () => number
  readonly #startedAt: number
  readonly #byMinute = new Map<number, number>()

  /** @param now the wall clock, µs */
  constructor(now: () => number) {
    this.#now = now
    this.#startedAt = now()
  }

  add(amount: number): void {
    const minute = Math.floor(this.#now() / bucketMicros)
    this.#byMinute.set(minute, (this.#byMinute.get(minute) ?? 0) + amount)
    // A clock that was set leaves minutes of another time behind: the oldest entries go, whatever they are called.
    for (const key of this.#byMinute.keys()) {
      if (this.#byMinute.size <= buckets) break
      this.#byMinute.delete(key)
    }
  }

  /** In an hour, at the pace of the last one. */
  perHour(): number {
    const now = this.#now()
    const newest = Math.floor(now / bucketMicros)
    let sum = 0
    for (const [minute, amount] of this.#byMinute) if (minute > newest - buckets && minute <= newest) sum += amount
    // Of less than a minute nothing can be told of an hour: it counts as a minute.
    const minutes = Math.min(buckets, Math.max(1, (now - this.#startedAt) / bucketMicros))
    return (sum * 60) / minutes
  }
}

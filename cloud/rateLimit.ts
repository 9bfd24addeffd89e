/** Beyond these, whoever has asked for nothing the longest is forgotten. */
const mostNames = 10_000

const minuteMs = 60_000

/** A token bucket a name: so many at once, and as many again within a minute. */
export class RateLimit {
  /** What one costs, in ms of waiting. */
  private readonly costMs: number
  private readonly now: () => number
  private readonly buckets = new Map<string, { creditMs: number; at: number }>()

  /** @param now in ms, of a clock that is never set back */
  constructor(perMinute: number, now: () => number = () => performance.now()) {
    this.costMs = minuteMs / perMinute
    this.now = now
  }

  /** Counts one. Gives 0 where it is allowed, else in how many seconds the next one will be. */
  take(name: string): number {
    const at = this.now()
    const before = this.buckets.get(name) ?? { creditMs: minuteMs, at }
    const creditMs = Math.min(minuteMs, before.creditMs + at - before.at)
    const allowed = creditMs >= this.costMs
    this.buckets.delete(name)
    this.buckets.set(name, { creditMs: allowed ? creditMs - this.costMs : creditMs, at })
    if (this.buckets.size > mostNames) this.buckets.delete(this.buckets.keys().next().value!)
    return allowed ? 0 : Math.ceil((this.costMs - creditMs) / 1000)
  }
}

/** Lowest and highest value of each five seconds of stream time, oldest first: [index, low, high]. JSON-able. */
export type Spans = [index: number, low: number, high: number][]

const spanMicros = 5_000_000
const remembered = 32

export function takeReading(spans: Spans, tick: number, value: number): void {
  if (!Number.isFinite(value)) return
  const index = Math.floor(tick / spanMicros)
  const last = spans.at(-1)
  if (last !== undefined && last[0] >= index) {
    last[1] = Math.min(last[1], value)
    last[2] = Math.max(last[2], value)
    return
  }
  spans.push([index, value, value])
  if (spans.length > remembered) spans.shift()
}

/** Those that lie wholly between two moments, µs. */
export function between(spans: Spans, from: number, to: number): Spans {
  return spans.filter(([index]) => index * spanMicros >= from && (index + 1) * spanMicros <= to)
}

/** How much the newest reading lies below the highest of these. */
export function fallOf(spans: Spans): number {
  return spans.length === 0 ? 0 : Math.max(...spans.map(([, low]) => low)) - spans.at(-1)![2]
}

/** Whether there were readings all the time, and all within so much. */
export function isSteady(spans: Spans, seconds: number, within: number): boolean {
  if (spans.length === 0 || spans.length * spanMicros < (seconds * 1e6) / 1.25) return false
  return Math.max(...spans.map(([, , high]) => high)) - Math.min(...spans.map(([, low]) => low)) <= within
}

/** How a device's ticks lie in the gateway's clock, learnt from when its records arrive. JSON-able. */
export interface ArrivalFit {
  /** Tick and offset (arrival − tick) of the arrival that had waited least in each stretch of stream time, µs. */
  points: [tick: number, offset: number][]
  /** Arrivals far above the line, and not catching up: since when (gateway clock) and by how much at least, µs. */
  above?: { since: number; least: number }
}

export interface ClockEstimate {
  /** Gateway clock minus tick for a record that had not waited, µs. */
  offsetMicros: number
  /** How much the device's clock is slow against the gateway's, parts per million. */
  driftPpm: number
  /** Typical height of the least delayed arrivals above the line, µs; what all of them waited alike cannot be known. */
  uncertaintyMicros: number
}

/** One point for each stretch of this length, µs, and so many of them: an hour. */
const stretchMicros = 120_000_000
const mostPoints = 32
/** Crystals do not differ by more; what looks like more is a network that grows slower or faster, ppm. */
const mostDriftPpm = 300
/** Below this span a slope says nothing, µs. */
const slopeFromMicros = 600_000_000
/** A slope that the scatter of the points makes worse than this is no drift yet, ppm. */
const mostSlopeErrorPpm = 50
/** What lies further above the line waited somewhere, µs. */
const waitedMicros = 10_000_000
/** Unless it stays above for so long without catching up: then a clock was set, µs of gateway clock. */
const patienceMicros = 60_000_000
const catchingUpMicros = 1_000_000

export const arrivalFit = (): ArrivalFit => ({ points: [] })

/**
 * Takes an arrival in.
 *
 * @param tick stream time of the last sample in it, µs
 * @param receivedAt gateway clock, µs
 * @returns how long it had waited more than those that waited least, µs, from 0
 */
export function observe(fit: ArrivalFit, tick: number, receivedAt: number): number {
  const offset = receivedAt - tick
  const line = estimate(fit, tick)
  const waited = line === undefined ? 0 : Math.max(0, offset - line.offsetMicros)
  if (waited > waitedMicros) {
    if (fit.above === undefined || waited < fit.above.least - catchingUpMicros || receivedAt < fit.above.since)
      fit.above = { since: receivedAt, least: waited }
    if (receivedAt - fit.above.since < patienceMicros) return waited
    // Nobody catches up: this is how it is now.
    fit.points = []
  }
  if (fit.above !== undefined) delete fit.above
  const last = fit.points.at(-1)
  // Blocks of several signals do not come in order of their ticks.
  const isSame = last !== undefined && Math.floor(last[0] / stretchMicros) >= Math.floor(tick / stretchMicros)
  if (!isSame) fit.points.push([tick, offset])
  else if (offset < last[1]) fit.points[fit.points.length - 1] = [Math.max(tick, last[0]), offset]
  if (fit.points.length > mostPoints) fit.points.shift()
  return fit.points.length === 1 ? 0 : waited
}

/**
 * The line below all points that lies closest to them on average, its slope within what crystals do: the edge of the lower
 * convex hull over the mean tick (Moon, Skelly & Towsley 1999, "Estimation and removal of clock skew from network delay
 * measurements", INFOCOM). Undefined before the first arrival.
 */
export function estimate({ points }: ArrivalFit, tick: number): ClockEstimate | undefined {
  const first = points[0]
  const last = points.at(-1)
  if (first === undefined || last === undefined) return undefined
  const slope = Math.max(-mostDriftPpm, Math.min(mostDriftPpm, slopePpm(points))) / 1e6
  let intercept = Infinity
  for (const [at, offset] of points) intercept = Math.min(intercept, offset - slope * (at - first[0]))
  const heights = points.map(([at, offset]) => offset - slope * (at - first[0]) - intercept).sort((a, b) => a - b)
  return {
    offsetMicros: Math.round(intercept + slope * (tick - first[0])),
    driftPpm: slope * 1e6,
    uncertaintyMicros: Math.round(heights[heights.length >> 1]!),
  }
}

/**
 * The same where the slope is a clock's drift: known well enough, and not the speed at which a recording is played.
 * Undefined otherwise.
 */
export function driftOf(fit: ArrivalFit, tick: number): ClockEstimate | undefined {
  const { points } = fit
  const span = (points.at(-1)?.[0] ?? 0) - (points[0]?.[0] ?? 0)
  if (points.length < 4 || span < slopeFromMicros || Math.abs(slopePpm(points)) > mostDriftPpm) return undefined
  const line = estimate(fit, tick)
  return line !== undefined && line.uncertaintyMicros / span <= mostSlopeErrorPpm / 1e6 ? line : undefined
}

function slopePpm(points: readonly [number, number][]): number {
  const span = points.at(-1)![0] - points[0]![0]
  if (points.length < 3 || span < slopeFromMicros) return 0
  const hull: [number, number][] = []
  for (const point of points) {
    while (hull.length > 1 && !isBelow(hull.at(-1)!, hull.at(-2)!, point)) hull.pop()
    hull.push(point)
  }
  const mean = points.reduce((sum, [at]) => sum + (at - points[0]![0]), 0) / points.length + points[0]![0]
  const to = Math.max(
    1,
    hull.findIndex(([at]) => at >= mean),
  )
  const [a, b] = [hull[to - 1]!, hull[to]!]
  return ((b[1] - a[1]) / (b[0] - a[0])) * 1e6
}

/** Whether `middle` lies below the line from `a` to `b`. */
function isBelow(middle: [number, number], a: [number, number], b: [number, number]): boolean {
  return (middle[1] - a[1]) * (b[0] - a[0]) < (b[1] - a[1]) * (middle[0] - a[0])
}

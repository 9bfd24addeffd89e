/** Samples missing for up to so long are bridged, µs. */
export const bridgedMicros = 40_000
/** Of a stretch after a hole: in less no beat could be found, µs. */
const leadInMicros = 1_000_000
/** What went on in a longer hole is not known, µs: what was counted before is void. */
const longHoleMicros = 4_000_000

/** Plain JSON. */
export interface ReadableTime {
  /** Stream time from which it counts and up to which it was measured, µs; -1: not yet. */
  from: number
  until: number
}

export const nothingReadable = (): ReadableTime => ({ from: -1, until: -1 })

/**
 * How much of a block could be read for beats: what goes on without holes above 40 ms, and after a hole for more than a second.
 * Changes `state`.
 * @param tick stream time of the first value, integer µs
 * @param values NaN where nothing was measured
 * @returns µs that came to it, and whether a hole of more than four seconds, or the beginning, came before
 */
export function readMore(
  state: ReadableTime,
  { tick, rateHz, values }: { tick: number; rateHz: number; values: Float32Array },
): { micros: number; anew: boolean } {
  const period = 1e6 / rateHz
  let [micros, anew] = [0, false]
  let i = 0
  while (i < values.length) {
    if (Number.isNaN(values[i]!)) {
      i++
      continue
    }
    const start = tick + i * period
    while (i < values.length && !Number.isNaN(values[i]!)) i++
    const end = Math.round(tick + i * period)
    const hole = start - state.until
    if (state.until < 0 || hole > longHoleMicros) {
      anew = true
      micros = 0
      state.from = start
    } else if (hole > bridgedMicros + period / 2) state.from = start + leadInMicros
    micros += Math.max(0, end - Math.max(state.from, state.until))
    state.until = Math.max(state.until, end)
  }
  return { micros: Math.round(micros), anew }
}

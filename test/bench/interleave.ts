import { performance } from 'node:perf_hooks'

/** One way of doing the work, measured beside the others. */
export interface Candidate {
  name: string
  /** Does the work once, from beginning to end; gives what it came to, so that nothing can be left out unnoticed. */
  pass(): number | Promise<number>
}

export interface Interleaved {
  rounds: number
  /** Warm-up rounds before, not counted. */
  warmUpRounds: number
  /** Each candidate repeats its work for at least so long in a round; ms. */
  roundMillis: number
  /** What each pass must come to. */
  expected: number
}

/** Seconds a pass, of each round. */
export interface Timing {
  name: string
  rounds: number[]
  checksum: number
}

/**
 * Measures the candidates in turn, A B C A B C …, so that what else the machine does falls on all of them alike; many
 * short rounds, of which the median is no outlier. Throws where a pass comes to something else than expected.
 */
export async function interleave(candidates: readonly Candidate[], options: Interleaved): Promise<Timing[]> {
  const timings = candidates.map(({ name }): Timing => ({ name, rounds: [], checksum: options.expected }))
  for (let round = -options.warmUpRounds; round < options.rounds; round++)
    for (const [i, candidate] of candidates.entries()) {
      const seconds = await oneRound(candidate, options)
      if (round >= 0) timings[i]?.rounds.push(seconds)
    }
  return timings
}

/** The value below which the share `q` (0 to 1) of the numbers lies: the nearest of them; NaN of none. */
export function quantile(numbers: readonly number[], q: number): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.round(q * (sorted.length - 1))] ?? NaN
}

/**
 * How many times as long `slow` takes as `fast`: the median of the ratios within each round, because a machine that
 * has other work changes its speed from round to round more than within one.
 */
export function medianRatio(slow: Timing, fast: Timing): number {
  return quantile(
    slow.rounds.map((seconds, round) => seconds / (fast.rounds[round] ?? NaN)),
    0.5,
  )
}

async function oneRound(candidate: Candidate, { roundMillis, expected }: Interleaved): Promise<number> {
  const began = performance.now()
  let passes = 0
  let elapsed = 0
  do {
    const result = candidate.pass()
    const sum = typeof result === 'number' ? result : await result
    if (sum !== expected) throw new Error(`${candidate.name}: expected a checksum of ${expected}, received ${sum}`)
    passes++
    elapsed = performance.now() - began
  } while (elapsed < roundMillis)
  return elapsed / 1000 / passes
}

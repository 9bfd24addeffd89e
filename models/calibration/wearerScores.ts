import type { Scores } from './alarmLogic.ts'

/** Scores of one wearer's normal windows, in order. */
export interface WearerScores extends Scores {
  wearer: string
  /** Recordings they come from, or the simulated wearer's name. */
  records: readonly string[]
}

/** Stretch of a wearer's windows; `to` is exclusive. */
export interface Block {
  from: number
  to: number
  days: number
}

/** Longer without a score was not watched, and counts as no wearer-time. */
const gapMicros = 120e6
const dayMicros = 86_400e6

/** Watched between a window and the one before, µs. */
function microsBefore({ at }: Scores, window: number): number {
  const micros = window === 0 ? 0 : at[window]! - at[window - 1]!
  return micros > gapMicros ? 0 : micros
}

/** A wearer's scored time, s. */
export function scoredSeconds(scores: Scores): number {
  return scores.at.reduce((sum, _, i) => sum + microsBefore(scores, i), 0) / 1e6
}

/** Cuts a wearer's scored time into blocks of at least `seconds`; what is left at the end belongs to the last one. */
export function blocksOf(scores: Scores, seconds: number): Block[] {
  const blocks: Block[] = []
  let from = 0
  let micros = 0
  for (let i = 0; i < scores.at.length; i++) {
    if (micros >= seconds * 1e6) {
      blocks.push({ from, to: i, days: micros / dayMicros })
      from = i
      micros = 0
    }
    micros += microsBefore(scores, i)
  }
  const last = blocks.at(-1)
  if (micros >= seconds * 1e6) blocks.push({ from, to: scores.at.length, days: micros / dayMicros })
  else if (last !== undefined) {
    last.to = scores.at.length
    last.days += micros / dayMicros
  }
  return blocks
}

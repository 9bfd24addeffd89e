import { seededRandom } from '../../simulators/synthetic/random.ts'
import type { WearerScores } from './wearerScores.ts'

/** Scores of one simulated wearer; every wearer of a kind has another seed. */
export type ScoreProcess = (seed: number, days: number) => WearerScores

const daySeconds = 86_400

/**
 * Autocorrelated scores of normal wearers whose tails are none of the generalised Pareto family: the rate of alarms that they
 * raise is known by counting alone. All have a level of the wearer and of the time of day.
 */
export const scoreProcesses: Record<string, (stepSeconds: number) => ScoreProcess> = {
  /** Logarithm: a slow wandering (first order, 10 min) and noise from window to window; wearers' levels differ by a fifth. */
  'log-normal, slow': (stepSeconds) => (seed, days) => {
    const draw = drawing(seed)
    const level = 0.2 * draw.normal()
    const keep = Math.exp(-stepSeconds / 600)
    let slow = draw.normal()
    return process(seed, days, stepSeconds, (hour) => {
      slow = keep * slow + Math.sqrt(1 - keep * keep) * draw.normal()
      return Math.exp(level + 0.2 * hour + 0.6 * slow + 0.3 * draw.normal())
    })
  },
  /** Squares of a process of the first order (5 min) that is driven by Student's t with 5 degrees of freedom: heavy tail. */
  'squares of heavy-tailed': (stepSeconds) => (seed, days) => {
    const draw = drawing(seed)
    const level = Math.exp(0.1 * draw.normal())
    const keep = Math.exp(-stepSeconds / 300)
    let value = 0
    return process(seed, days, stepSeconds, (hour) => {
      value = keep * value + Math.sqrt(1 - keep * keep) * draw.student(5)
      return level * (1 + 0.2 * hour) * (value * value + 0.1 * draw.normal() ** 2) + 0.01
    })
  },
  /**
   * A mean of four squared errors, and now and then (as often as the wearer moves, three a day on average) some minutes of
   * artefact of random size.
   */
  'quiet with artefacts': (stepSeconds) => (seed, days) => {
    const draw = drawing(seed)
    const often = (3 * Math.exp(0.5 * draw.normal() - 0.125) * stepSeconds) / daySeconds
    const keep = Math.exp(-stepSeconds / 120)
    const errors = [0, 0, 0, 0]
    let left = 0
    let size = 0
    return process(seed, days, stepSeconds, (hour) => {
      if (left <= 0 && draw.uniform() < often * (1 - 0.8 * hour)) {
        left = 120 - 480 * Math.log(draw.uniform())
        size = 2 * Math.exp(0.7 * draw.normal())
      }
      left -= stepSeconds
      let sum = 0
      for (let i = 0; i < errors.length; i++) {
        errors[i] = keep * errors[i]! + Math.sqrt(1 - keep * keep) * draw.normal()
        sum += errors[i]! ** 2 / errors.length
      }
      return sum * (left > 0 ? 1 + size * draw.uniform() : 1) + (left > 0 ? size : 0)
    })
  },
}

/** @param score of the next window; `hour` swings between -1 and 1 once a day. */
function process(seed: number, days: number, stepSeconds: number, score: (hour: number) => number): WearerScores {
  const length = Math.round((days * daySeconds) / stepSeconds)
  const wearer = `process/${seed}`
  const scores = { wearer, records: [wearer], at: new Float64Array(length), score: new Float64Array(length) }
  for (let i = 0; i < length; i++) {
    scores.at[i] = i * stepSeconds * 1e6
    scores.score[i] = score(Math.sin((2 * Math.PI * i * stepSeconds) / daySeconds))
  }
  return scores
}

function drawing(seed: number) {
  const random = seededRandom(seed, 'scores')
  const uniform = () => random.uniform()
  const normal = () => random.normal(0, 1)
  /** Unit variance. */
  const student = (freedom: number) => {
    let square = 0
    for (let i = 0; i < freedom; i++) square += normal() ** 2 / freedom
    return (normal() / Math.sqrt(square)) * Math.sqrt((freedom - 2) / freedom)
  }
  return { uniform, normal, student }
}

import { seededRandom } from '../training/random.ts'

/** Bounds (95 %) of a mean by the bootstrap, percentiles of 1000 resamples. */
export function resampledMean(values: readonly number[], seed: number): { low: number; high: number } {
  const random = seededRandom(seed)
  const means = Array.from({ length: 1000 }, () => {
    let sum = 0
    for (let i = 0; i < values.length; i++) sum += values[Math.floor(random() * values.length)]!
    return sum / values.length
  })
  means.sort((a, b) => a - b)
  return { low: means[24]!, high: means[974]! }
}

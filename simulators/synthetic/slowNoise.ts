import type { Random } from './random.ts'

/**
 * An Ornstein-Uhlenbeck process around 0 in steps of a second: wanders with the given standard deviation and forgets with
 * the time constant. Each call is the next second.
 */
export function slowNoise(random: Random, sd: number, timeConstantSeconds: number): () => number {
  const keep = Math.exp(-1 / timeConstantSeconds)
  const kick = sd * Math.sqrt(1 - keep * keep)
  let value = random.normal(0, sd)
  return () => (value = value * keep + random.normal(0, kick))
}

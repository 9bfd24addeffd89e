/** Excesses x > 0 with P(X > x) = (1 + ξ x / σ)^(-1/ξ), or exp(-x / σ) where ξ = 0. */
export interface GeneralisedPareto {
  xi: number
  sigma: number
}

/** Shapes nearer to zero are the exponential's. */
const flat = 1e-6
/** Beyond it the method of probability-weighted moments fails: the second moment is infinite. */
const heaviest = 0.5

/**
 * Fits by probability-weighted moments (Hosking & Wallis, Technometrics 29:339-349, 1987), better than maximum likelihood
 * below some hundred excesses. Where the fitted end of the tail would lie before the highest excess, the shape is raised until it
 * does not. Undefined below two different excesses.
 */
export function fitGeneralisedPareto(excesses: readonly number[]): GeneralisedPareto | undefined {
  const n = excesses.length
  const sorted = [...excesses].sort((a, b) => a - b)
  const most = sorted[n - 1]
  if (most === undefined || !(most > sorted[0]!)) return undefined
  let mean = 0
  let weighted = 0
  sorted.forEach((excess, i) => {
    mean += excess / n
    weighted += (excess * (1 - (i + 0.65) / n)) / n
  })
  const xi = Math.min(heaviest, 2 - mean / (mean - 2 * weighted))
  // By the mean, σ / (1 - ξ); with an end at -σ / ξ.
  const ends = xi < 0 && (mean * (1 - xi)) / -xi <= most
  const raised = ends ? -mean / (most * 1.001 - mean) : xi
  return { xi: raised, sigma: mean * (1 - raised) }
}

/** P(X > excess). */
export function exceedance({ xi, sigma }: GeneralisedPareto, excess: number): number {
  if (excess <= 0) return 1
  if (Math.abs(xi) < flat) return Math.exp(-excess / sigma)
  return Math.max(0, 1 + (xi * excess) / sigma) ** (-1 / xi)
}

/** The excess that a share `p` (0 < p <= 1) of the excesses is above. */
export function excessOf({ xi, sigma }: GeneralisedPareto, p: number): number {
  if (Math.abs(xi) < flat) return -sigma * Math.log(p)
  return (sigma * (p ** -xi - 1)) / xi
}

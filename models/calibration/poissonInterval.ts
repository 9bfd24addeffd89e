/**
 * Exact two-sided interval of the mean of a Poisson count (Garwood, Biometrika 28:437-442, 1936).
 * @param confidence such as 0.95
 */
export function poissonInterval(count: number, confidence: number): { low: number; high: number } {
  const tail = (1 - confidence) / 2
  // Ten standard deviations away is beyond any tail that is asked for.
  const far = count + 10 * Math.sqrt(count + 1) + 20
  return {
    low: count === 0 ? 0 : crossing(count, (mean) => 1 - atMost(count - 1, mean) < tail),
    high: crossing(far, (mean) => atMost(count, mean) > tail),
  }
}

/** P(N <= count) for a Poisson mean. */
function atMost(count: number, mean: number): number {
  let logTerm = -mean
  let sum = Math.exp(logTerm)
  for (let k = 1; k <= count; k++) {
    logTerm += Math.log(mean / k)
    sum += Math.exp(logTerm)
  }
  return Math.min(1, sum)
}

/** Where `before` ceases to hold between 0 and `end`. */
function crossing(end: number, before: (mean: number) => boolean): number {
  let low = 0
  let high = end
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (before(middle)) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** A clock is set if it goes on by so much more or less than one that nobody sets, ms. */
const stepMs = 2000

/**
 * The same clock, which says before it gives the time that it was set since it was last asked.
 *
 * @param steady a clock that nobody sets, ms; absent: steps are not noticed
 * @param onStep gets by how much, ms
 */
export function noticesSteps(
  now: () => number,
  steady: (() => number) | undefined,
  onStep: (byMs: number) => void,
): () => number {
  if (steady === undefined) return now
  let ahead = now() - steady()
  return () => {
    const time = now()
    const by = time - steady() - ahead
    ahead += by
    if (Math.abs(by) > stepMs) onStep(by)
    return time
  }
}

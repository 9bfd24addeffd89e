/** How far from the middle of a complex its R peak (or its deepest point) may lie. */
export const fiducialSeconds = 0.07

/** A negative wave is the fiducial only where it is that much greater: keeps RS complexes from flipping beat by beat. */
const negativePreference = 1.5
/** Farther from the middle counts less, so that a tall P wave is not taken for R. */
const edgeWeight = 0.7

/**
 * The R peak near the middle of a complex, in samples with a fraction (parabola through three points). `ring` holds the
 * filtered signal, sample i at `i & mask`; everything within `fiducialSeconds` (and one sample more) must be there.
 */
export function findFiducial(ring: Float32Array, mask: number, middle: number, rateHz: number): number {
  const reach = Math.round(fiducialSeconds * rateHz)
  let [high, highAt, low, lowAt] = [-Infinity, middle, -Infinity, middle]
  for (let i = middle - reach; i <= middle + reach; i++) {
    const value = ring[i & mask]! * (1 - ((1 - edgeWeight) * Math.abs(i - middle)) / reach)
    if (value > high) [high, highAt] = [value, i]
    if (-value > low) [low, lowAt] = [-value, i]
  }
  const peak = high * negativePreference >= low ? highAt : lowAt
  const [before, at, after] = [ring[(peak - 1) & mask]!, ring[peak & mask]!, ring[(peak + 1) & mask]!]
  const bend = before - 2 * at + after
  const shift = bend === 0 ? 0 : (before - after) / (2 * bend)
  return peak + (Math.abs(shift) <= 0.5 ? shift : 0)
}

/** A rate this close to one that the devices offer is that one. */
const tolerance = 0.05

/**
 * Finds the rate of a stream whose frames say only when their last sample was taken: a nominal one first, then that of the
 * samples between two frames, as the nearest of the rates that the devices offer. Where none is near (a frame was lost between
 * the two), the last one found stands.
 *
 * @param offered rates in Hz, the nominal one first
 */
export function sampleRate(offered: readonly [number, ...number[]]): (lastMicros: number, count: number) => number {
  let rateHz = offered[0]
  let before: number | undefined
  return (lastMicros, count) => {
    const measured = before === undefined || lastMicros <= before ? NaN : (count * 1e6) / (lastMicros - before)
    before = lastMicros
    const error = (rate: number): number => Math.abs(measured / rate - 1)
    const nearest = offered.reduce((best, rate) => (error(rate) < error(best) ? rate : best))
    if (error(nearest) <= tolerance) rateHz = nearest
    return rateHz
  }
}

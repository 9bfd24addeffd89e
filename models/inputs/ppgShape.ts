import { nth } from './nth.ts'
import { ppgFeaturesFrom, ppgInput, ppgInputLength } from './ppgInput.ts'

const { windowPoints, pulses, points, pointsBefore, apartPoints, leastSlope } = ppgInput
/** Share of the window in which the sensor may stand still and yet show a pulse. */
const mostFlat = 0.5
const ranked = new Float32Array(windowPoints)
const slopes = new Float64Array(windowPoints)
const meanPulse = new Float64Array(points)

/** Half of the range that holds the middle 80 % of what was measured; NaN where nothing was. */
export function pulseAmplitude(window: Float32Array): number {
  let count = 0
  for (let i = 0; i < window.length; i++) if (!Number.isNaN(window[i]!)) ranked[count++] = window[i]!
  if (count === 0) return NaN
  const measured = ranked.subarray(0, count)
  const high = nth(measured, Math.floor(0.9 * (count - 1)))
  return (high - nth(measured, Math.ceil(0.1 * (count - 1)))) / 2
}

/** The model's input for a window of the filtered signal; see `ppgInput`. */
export function describePulses(
  window: Float32Array,
  amplitude: number,
  usualAmplitude: number,
  flatShare: number,
): Float32Array {
  const input = new Float32Array(ppgInputLength).fill(NaN)
  const turn = upwards(window)
  // What the filter still gives of a sensor that stands still is no pulse.
  const found = flatShare < mostFlat ? steepest(window, turn) : []
  found.forEach((at, p) => cut(window, at, turn, input.subarray(p * points, (p + 1) * points)))
  input[ppgFeaturesFrom] = unlike(input, found.length)
  const both = amplitude + usualAmplitude
  input[ppgFeaturesFrom + 1] = both > 0 ? (amplitude - usualAmplitude) / both : 0
  input[ppgFeaturesFrom + 2] = flatShare
  return input
}

/** 1 where the steep slopes go up, as blood comes faster than it goes; -1 where a sensor counts light instead of blood. */
function upwards(window: Float32Array): 1 | -1 {
  let skew = 0
  for (let i = 1; i < window.length; i++) {
    const slope = window[i]! - window[i - 1]!
    if (!Number.isNaN(slope)) skew += slope * slope * slope
  }
  return skew < 0 ? -1 : 1
}

/** Places of the steepest slopes with room for a pulse around them, in points with a fraction, in order of time. */
function steepest(window: Float32Array, turn: 1 | -1): number[] {
  // One more point on either side, as a place has a fraction.
  const first = pointsBefore + 1
  const last = windowPoints - (points - pointsBefore) - 1
  slopes.fill(0)
  // Only where all of a pulse was measured.
  let hole = -1
  for (let i = 0; i < first + points - pointsBefore; i++) if (!Number.isFinite(window[i]!)) hole = i
  for (let i = first; i <= last; i++) {
    if (!Number.isFinite(window[i + points - pointsBefore]!)) hole = i + points - pointsBefore
    if (hole < i - pointsBefore - 1) slopes[i] = turn * (window[i + 1]! - window[i - 1]!)
  }
  const found: number[] = []
  let least = 0
  while (found.length < pulses) {
    let at = first
    for (let i = first; i <= last; i++) if (slopes[i]! > slopes[at]!) at = i
    const slope = slopes[at]!
    if (!(slope > 0) || slope < least) break
    least = leastSlope * slope > least ? leastSlope * slope : least
    found.push(at + between(window, at))
    for (let i = Math.max(first, at - apartPoints); i <= Math.min(last, at + apartPoints); i++) slopes[i] = 0
  }
  return found.sort((a, b) => a - b)
}

/** Where between the points the slope is steepest, -0.5 to 0.5: the top of a parabola through three slopes. */
function between(window: Float32Array, at: number): number {
  const slope = (i: number) => window[i + 1]! - window[i - 1]!
  const [before, here, after] = [slope(at - 1), slope(at), slope(at + 1)]
  const bend = before - 2 * here + after
  const top = bend === 0 ? 0 : (before - after) / (2 * bend)
  return Math.abs(top) <= 0.5 ? top : 0
}

/** Reads a pulse, without its mean, in its own deviation. */
function cut(window: Float32Array, at: number, turn: 1 | -1, out: Float32Array): void {
  let mean = 0
  for (let k = 0; k < points; k++) {
    const position = at - pointsBefore + k
    const i = Math.floor(position)
    out[k] = turn * (window[i]! + (position - i) * (window[i + 1]! - window[i]!))
    mean += out[k]! / points
  }
  let power = 0
  for (let k = 0; k < points; k++) power += (out[k]! - mean) ** 2 / points
  const scale = power > 0 ? 1 / Math.sqrt(power) : 0
  for (let k = 0; k < points; k++) out[k] = (out[k]! - mean) * scale
}

/** Mean squared difference of the pulses from their mean; NaN with fewer than two. */
function unlike(input: Float32Array, count: number): number {
  if (count < 2) return NaN
  meanPulse.fill(0)
  for (let p = 0; p < count; p++) for (let k = 0; k < points; k++) meanPulse[k]! += input[p * points + k]! / count
  let sum = 0
  for (let p = 0; p < count; p++) for (let k = 0; k < points; k++) sum += (input[p * points + k]! - meanPulse[k]!) ** 2
  return sum / (count * points)
}

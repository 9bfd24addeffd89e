/** Measures of heart and pulse, the same for synthetic wearers and for recordings; times in s. */

export interface Variability {
  /** Beats/min. */
  heartRate: number
  /** ms. */
  sdnn: number
  rmssd: number
  lfHf: number
}

const window = 300
const lfBand = [0.04, 0.15] as const
const hfBand = [0.15, 0.4] as const

/**
 * Short-term variability of beat times as means over whole windows of five minutes (Task Force of ESC and NASPE, Circulation
 * 93:1043, 1996). Intervals that differ from the one before by more than a fifth are left out, as not of the sinus node.
 */
export function variabilityOf(beats: readonly number[]): Variability | undefined {
  const found: Variability[] = []
  const last = beats.at(-1) ?? 0
  for (let from = beats[0] ?? 0; from + window <= last + 1; from += window) {
    const inside = beats.filter((at) => at >= from && at < from + window)
    const times: number[] = []
    const intervals: number[] = []
    const steps: number[] = []
    let before: number | undefined
    for (const [i, at] of inside.entries()) {
      if (i === 0) continue
      const interval = at - inside[i - 1]!
      const usual = interval > 0.3 && interval < 2 && (before === undefined || Math.abs(interval / before - 1) < 0.2)
      if (usual) {
        if (before !== undefined) steps.push((interval - before) * 1000)
        times.push(at)
        intervals.push(interval * 1000)
      }
      before = interval > 0.3 && interval < 2 ? interval : undefined
    }
    if (intervals.length < 120 || intervals.length < 0.8 * inside.length) continue
    found.push({
      heartRate: 60_000 / mean(intervals),
      sdnn: deviation(intervals),
      rmssd: Math.sqrt(mean(steps.map((step) => step * step))),
      lfHf: bandPower(times, intervals, lfBand) / bandPower(times, intervals, hfBand),
    })
  }
  if (found.length === 0) return undefined
  const average = (of: (one: Variability) => number) => mean(found.map(of))
  return {
    heartRate: average((one) => one.heartRate),
    sdnn: average((one) => one.sdnn),
    rmssd: average((one) => one.rmssd),
    lfHf: average((one) => one.lfHf),
  }
}

/** R peaks of an ECG, s: maxima of its steepness over a threshold that follows, a simple reading for clean signals. */
export function rPeaks(ecg: ArrayLike<number>, rateHz: number): number[] {
  const size = ecg.length
  const reach = Math.round(0.04 * rateHz)
  const steep = new Float64Array(size)
  for (let i = reach; i + reach < size; i++)
    steep[i] = Math.max(0, 2 * ecg[i]! - ecg[i - reach]! - ecg[i + reach]!) ** 2
  const peaks: number[] = []
  let usual = 0
  const second = Math.round(rateHz)
  for (let from = 0; from < size; from += 2 * second) {
    let highest = 0
    for (let i = from; i < Math.min(size, from + 2 * second); i++) highest = Math.max(highest, steep[i]!)
    usual = usual === 0 ? highest : usual + 0.3 * (Math.min(highest, 3 * usual) - usual)
    for (let i = Math.max(1, from); i < Math.min(size - 1, from + 2 * second); i++) {
      if (steep[i]! < 0.35 * usual || steep[i]! < steep[i - 1]! || steep[i]! <= steep[i + 1]!) continue
      const last = peaks.at(-1) ?? -Infinity
      if (i - last > 0.3 * rateHz) peaks.push(i)
      else if (steep[i]! > steep[last]!) peaks[peaks.length - 1] = i
    }
  }
  return peaks.map((peak) => peak / rateHz)
}

/** From each R peak to the foot of its pulse (intersecting tangents) and from foot to peak, s. */
export function pulseDelays(
  beats: readonly number[],
  ppg: ArrayLike<number>,
  rateHz: number,
): { arrival: number; rise: number }[] {
  const found: { arrival: number; rise: number }[] = []
  for (const [i, beat] of beats.entries()) {
    const until = Math.min(beat + 0.75, (beats[i + 1] ?? Infinity) + 0.15)
    const first = Math.ceil((beat + 0.08) * rateHz)
    const last = Math.min(ppg.length - 2, Math.floor(until * rateHz))
    let steepest = first
    for (let k = first; k < last; k++)
      if (ppg[k + 1]! - ppg[k - 1]! > ppg[steepest + 1]! - ppg[steepest - 1]!) steepest = k
    const slope = (ppg[steepest + 1]! - ppg[steepest - 1]!) / 2
    let lowest = steepest
    while (lowest > first && ppg[lowest - 1]! <= ppg[lowest]!) lowest--
    let highest = steepest
    while (highest < last && ppg[highest + 1]! >= ppg[highest]!) highest++
    if (!(slope > 0) || steepest <= first || highest >= last) continue
    const foot = steepest - (ppg[steepest]! - ppg[lowest]!) / slope
    found.push({ arrival: foot / rateHz - beat, rise: (highest - foot) / rateHz })
  }
  return found
}

/** The strongest rhythm of a signal between two frequencies, Hz. */
export function strongestHz(values: ArrayLike<number>, rateHz: number, fromHz: number, toHz: number): number {
  const times = Array.from({ length: values.length }, (_, i) => i / rateHz)
  const all = Array.from(values)
  let best = fromHz
  let most = 0
  for (let hz = fromHz; hz <= toHz; hz += 0.005) {
    const power = spectralPower(times, all, hz)
    if (power > most) [best, most] = [hz, power]
  }
  return best
}

/** Power of unevenly spaced values at one frequency (Lomb 1976, without the phase shift). */
export function spectralPower(times: readonly number[], values: readonly number[], hz: number): number {
  const m = mean(values)
  let cosine = 0
  let sine = 0
  for (let i = 0; i < times.length; i++) {
    const angle = 2 * Math.PI * hz * times[i]!
    cosine += (values[i]! - m) * Math.cos(angle)
    sine += (values[i]! - m) * Math.sin(angle)
  }
  return (cosine * cosine + sine * sine) / times.length ** 2
}

function bandPower(times: readonly number[], values: readonly number[], [from, to]: readonly [number, number]): number {
  let sum = 0
  for (let hz = from; hz < to; hz += 1 / window) sum += spectralPower(times, values, hz)
  return sum
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

export function deviation(values: readonly number[]): number {
  const m = mean(values)
  return Math.sqrt(mean(values.map((value) => (value - m) ** 2)))
}

/** The value below which a share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN
}

import { nth } from '../../models/inputs/nth.ts'
import { cosine } from '../../models/inputs/trigonometry.ts'
import { Fourier } from './fourier.ts'

export const breathGridHz = 4
export const breathWindowPoints = 32 * breathGridHz
/** Breaths a minute that are told apart. */
export const breathRates = { from: 4, to: 45, step: 0.5 } as const

const transform = new Fourier(256)
const bins = Math.ceil((breathRates.to / 60 / breathGridHz) * transform.length) + 2
const count = Math.round((breathRates.to - breathRates.from) / breathRates.step) + 1
/** Share of the sum's power within this of its peak, breaths a minute: noise has some 0.25, breath 0.5. */
const peakWithin = 2
const [noiseShare, breathShare] = [0.2, 0.6]
/** Further from the median than so many median deviations is an artefact, and is cut off. */
const clippedDeviations = 4
const hann = Float64Array.from({ length: breathWindowPoints }, (_, i) => {
  const turn = (i + 0.5) / breathWindowPoints
  return 0.5 - 0.5 * cosine(2 * Math.PI * (turn < 0.5 ? turn : turn - 1))
})

// Scratch of one sum; nothing of it outlives the sum.
const [re, im] = [new Float64Array(transform.length), new Float64Array(transform.length)]
const [first, second] = [new Float64Array(bins), new Float64Array(bins)]
const ranked = new Float64Array(breathWindowPoints)
const spectrum = new Float64Array(count)
/** Where each rate lies between two bins. */
const positions = Float64Array.from(
  { length: count },
  (_, i) => ((breathRates.from + i * breathRates.step) / 60 / breathGridHz) * transform.length,
)
const middle = (breathWindowPoints - 1) / 2
const squares = hann.reduce((sum, _, i) => sum + (i - middle) * (i - middle), 0)

/**
 * What several windows of 32 s say of the rate of breath: the sum of their amplitude spectra, each to its peak and weighed by how
 * much it is one peak (its share of the power), so that a series that does not show breath has little to say (after the
 * fusion of Karlen et al., IEEE Trans Biomed Eng 60(7):1946-1953, 2013). 0 to 1 for each rate; near 1 for all where the sum is
 * as flat as that of noise.
 */
export function breathEvidence(windows: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(count)
  for (let i = 0; i < windows.length; i += 2) {
    prepare(windows[i]!, re)
    if (i + 1 < windows.length) prepare(windows[i + 1]!, im)
    else im.fill(0)
    transform.amplitudes(re, im, first, second)
    add(first, sum)
    if (i + 1 < windows.length) add(second, sum)
  }
  let [best, power, near] = [0, 1e-12, 0]
  for (let i = 0; i < count; i++) {
    if (sum[i]! > sum[best]!) best = i
    power += sum[i]! * sum[i]!
  }
  const reach = peakWithin / breathRates.step
  for (let i = Math.max(0, best - reach); i <= Math.min(count - 1, best + reach); i++) near += sum[i]! * sum[i]!
  const clear = Math.max(0, Math.min(1, (near / power - noiseShare) / (breathShare - noiseShare)))
  const peak = Math.max(1e-12, sum[best]!)
  for (let i = 0; i < count; i++) sum[i] = 1 - clear * (1 - sum[i]! / peak)
  return sum
}

function add(amplitudes: Float64Array, sum: Float64Array): void {
  let peak = 0
  let power = 0
  for (let i = 0; i < count; i++) {
    const position = positions[i]!
    const k = Math.floor(position)
    const amplitude = amplitudes[k]! + (position - k) * (amplitudes[k + 1]! - amplitudes[k]!)
    spectrum[i] = amplitude
    power += amplitude * amplitude
    if (amplitude > peak) peak = amplitude
  }
  if (!(peak > 1e-12)) return
  const weight = (peak * peak) / power
  for (let i = 0; i < count; i++) sum[i]! += (weight * spectrum[i]!) / peak
}

/** Into `out`: clipped, without its straight line, tapered, zeros behind. */
function prepare(window: Float64Array, out: Float64Array): void {
  const half = breathWindowPoints >> 1
  ranked.set(window)
  const median = nth(ranked, half)
  for (let i = 0; i < breathWindowPoints; i++) ranked[i] = Math.abs(window[i]! - median)
  const limit = clippedDeviations * nth(ranked, half)
  let mean = 0
  let slope = 0
  for (let i = 0; i < breathWindowPoints; i++) {
    const value = Math.max(-limit, Math.min(limit, window[i]! - median))
    out[i] = value
    mean += value / breathWindowPoints
    slope += (i - middle) * value
  }
  slope /= squares
  for (let i = 0; i < breathWindowPoints; i++) out[i] = (out[i]! - mean - slope * (i - middle)) * hann[i]!
  out.fill(0, breathWindowPoints)
}

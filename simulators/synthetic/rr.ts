import type { Person } from './person.ts'
import { seededRandom } from './random.ts'

/** What drives the sinus node during one second. */
export interface SinusDrive {
  /** Mean rate wanted at the beginning and at the end, beats/min. */
  fromRate: number
  toRate: number
  /** Breathing cycle at each sample, radians; inspiration is the first half. */
  breath: Float64Array
  /** Depth of breath against that at rest. */
  depth: number
  /** Factor of all variability. */
  variability: number
}

/** Sinusoids that make up the band around 0.1 Hz: enough that it does not repeat within hours. */
const lfComponents = 9
/** Centre and spread of the LF band, Hz (McSharry et al. 2003, table 1). */
const lfCentreHz = 0.1
const lfSpreadHz = 0.01
/** Shortest and longest RR interval, s: 240 and 20 beats/min. */
const minRr = 0.25
const maxRr = 3

/**
 * RR intervals of the sinus node with the two-peaked spectrum of McSharry et al. (IEEE TBME 50:289, 2003): a band of random
 * phases around 0.1 Hz (Mayer waves) and respiratory arrhythmia at the actual breathing rate, their powers in the person's
 * LF/HF ratio. Variation shrinks with the square of the RR interval as the rate rises, as vagal tone is withdrawn (Monfredi
 * et al., Hypertension 64:1334, 2014). Endless: sums of sinusoids instead of an inverse transform of a given length.
 *
 * The function writes the length in seconds of the RR interval current at each of the second's `rr.length` samples.
 */
export function rrProcess(seed: number, person: Person): (second: number, drive: SinusDrive, rr: Float64Array) => void {
  const random = seededRandom(seed, 'rr')
  const frequencies = new Float64Array(lfComponents)
  const phases = new Float64Array(lfComponents)
  for (let i = 0; i < lfComponents; i++) {
    frequencies[i] = 2 * Math.PI * Math.max(0.045, Math.min(0.14, random.normal(lfCentreHz, lfSpreadHz)))
    phases[i] = 2 * Math.PI * random.uniform()
  }
  const variance = (person.rrDeviationMillis / 1000) ** 2
  const hfVariance = variance / (1 + person.lfHfRatio)
  // A sinusoid of amplitude A has the variance A²/2.
  const hfAmplitude = Math.sqrt(2 * hfVariance)
  const lfAmplitude = Math.sqrt((2 * (variance - hfVariance)) / lfComponents)
  const restingRr = 60 / person.restingHeartRate
  return (second, { fromRate, toRate, breath, depth, variability }, rr) => {
    const samples = rr.length
    for (let i = 0; i < samples; i++) {
      const seconds = second + i / samples
      const meanRr = 60 / (fromRate + ((toRate - fromRate) * (i + 1)) / samples)
      let lf = 0
      for (let k = 0; k < lfComponents; k++) lf += Math.sin(frequencies[k]! * seconds + phases[k]!)
      // Inspiration shortens the interval. Deeper breaths of effort do not vary it more.
      const variation = lfAmplitude * lf - hfAmplitude * Math.min(1, depth) * Math.sin(breath[i]!)
      const vagalTone = Math.min(1, (meanRr / restingRr) ** 2) * variability
      rr[i] = Math.max(minRr, Math.min(maxRr, meanRr + vagalTone * variation))
    }
  }
}

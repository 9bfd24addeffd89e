import { fastNormals } from './fastNormals.ts'
import type { Person } from './person.ts'
import { seededRandom } from './random.ts'
import { slowNoise } from './slowNoise.ts'
import type { BeatCode } from './truth.ts'

/** A pulse on its way to the finger. */
export interface Pulse {
  /** Stream time of its foot, s. */
  footSeconds: number
  /** Against a usual one at rest. */
  amplitude: number
}

/** What the pulse follows from. */
export interface PulseSecond {
  beats: readonly { seconds: number; code: BeatCode }[]
  heartRate: number
  /** Breathing cycle at the beginning and at the end of the second, radians, and depth of breath. */
  breathFrom: number
  breathTo: number
  depth: number
  /** Factor of the amplitude: filling and tone of the vessels. */
  pulse: number
}

/**
 * A pulse is two Gaussians, the ejected and the reflected wave (Tang, Chen, Ward & Elgendi, Sci Rep 10:13883, 2020); times in
 * s after the foot (where the steepest tangent meets the level before) at a RR interval of 0.9 s, in proportion to the root of
 * the interval otherwise.
 */
const firstPeak = 0.112
const firstWidth = 0.056
const secondPeak = 0.337
const secondWidth = 0.105
const usualRr = 0.9
/** The table of a pulse: points a second and its ends, s. */
const pointsPerSecond = 512
const tableFrom = -0.085
const tableTo = 0.77
/**
 * The pulse comes earlier when the heart is faster, s for each beat/min above rest: some 60 ms at 150 beats/min, as
 * pre-ejection period and transit time both fall (Wong et al., Eur J Appl Physiol 111:135, 2011, for its direction).
 */
const arrivalPerBeat = -0.0007
const earliestArrival = 0.13
/** A weakly filled ventricle needs longer to open the valve, s for an empty one; and it varies by itself, s. */
const weakArrival = 0.05
const arrivalJitter = 0.003
/** Breath moves the arrival, s, the amplitude (share), and the baseline (share of the amplitude) (Charlton et al., IEEE Rev Biomed Eng 11:2, 2018). */
const breathArrival = 0.005
const breathAmplitude = 0.07
const breathBaseline = 0.22
/** Slow movement of the baseline by the vessels' tone and noise of the sensor, as shares of a usual amplitude. */
const toneBaseline = 0.25
const toneSeconds = 12
const noise = 0.006
/** How much less is ejected for each share of filling time that is missing, and how much more a long filling adds at most. */
const fillingSlope = 1.15
const fullest = 1.25
/** Intervals shorter than this, s, leave too little time to fill even when they last; by 0.2 s less half is ejected. */
const enoughRr = 0.5
const hurriedSlope = 2.5
const hurriedLeast = 0.2
/** A ventricular beat ejects less, and nothing at all where intervals are as short as this, s. */
const ventricularShare = 0.6
const noFillingRr = 0.27
const fillingRr = 0.3
const rememberedPulses = 6

/**
 * Blood volume at the finger as a photodiode counts it (more is more blood): each beat's pulse after its arrival time, as
 * strong as the ventricle was filled, so that it is weak after a premature beat and absent without one.
 *
 * The function writes one second of samples, in order, and returns the pulses that the second's beats make.
 */
export function ppgModel(
  seed: number,
  person: Person,
): (second: number, given: PulseSecond, counts: Float32Array) => Pulse[] {
  const random = seededRandom(seed, 'ppg')
  const normal = fastNormals(seed, 'ppg noise')
  const tone = slowNoise(random, toneBaseline, toneSeconds)
  const table = pulseTable(person.pulseReflection)
  const scale = person.photodiodeCounts * person.perfusion
  const feet = new Float64Array(rememberedPulses).fill(-Infinity)
  const heights = new Float64Array(rememberedPulses)
  const stretches = new Float64Array(rememberedPulses).fill(1)
  let slot = 0
  let lastBeat = NaN
  let meanRr = 60 / person.restingHeartRate
  let level = tone()

  const arrive = (beat: PulseSecond['beats'][number], given: PulseSecond): Pulse => {
    const rr = Number.isNaN(lastBeat) ? meanRr : beat.seconds - lastBeat
    lastBeat = beat.seconds
    const filling = Math.min(fullest, Math.max(0, 1 + fillingSlope * (rr / meanRr - 1)))
    // Pauses do not make later pulses weak.
    meanRr += 0.12 * (Math.min(rr, 1.5 * meanRr) - meanRr)
    const ventricular = ventricularShare * Math.min(1, Math.max(0, (rr - noFillingRr) / fillingRr))
    const breath = Math.sin(given.breathFrom) * Math.min(1.5, given.depth)
    const hurried = Math.max(hurriedLeast, 1 - hurriedSlope * Math.max(0, enoughRr - rr))
    const strength = filling * (beat.code === 'V' ? ventricular : hurried)
    const faster = given.heartRate - person.restingHeartRate
    const arrival =
      person.pulseArrivalSeconds +
      arrivalPerBeat * faster +
      weakArrival * Math.max(0, 1 - strength) +
      breathArrival * breath +
      random.normal(0, arrivalJitter)
    const amplitude = strength * given.pulse * (1 - breathAmplitude * breath) * (1 + random.normal(0, 0.015))
    return { footSeconds: beat.seconds + Math.max(earliestArrival, arrival), amplitude }
  }

  return (second, given, counts) => {
    const pulses: Pulse[] = []
    for (const beat of given.beats) {
      const pulse = arrive(beat, given)
      pulses.push(pulse)
      feet[slot] = pulse.footSeconds
      heights[slot] = pulse.amplitude
      stretches[slot] = pointsPerSecond / Math.sqrt(meanRr / usualRr)
      slot = (slot + 1) % rememberedPulses
    }
    const nextLevel = tone()
    const samples = counts.length
    const breathSwing = breathBaseline * Math.min(1.5, given.depth)
    // Breath turns little within a second: its sine goes straight between tenths of it.
    const parts = 10
    for (let part = 0; part < parts; part++) {
      const first = Math.round((part * samples) / parts)
      const last = Math.round(((part + 1) * samples) / parts)
      const from = breathSwing * Math.sin(given.breathFrom + ((given.breathTo - given.breathFrom) * part) / parts)
      const to = breathSwing * Math.sin(given.breathFrom + ((given.breathTo - given.breathFrom) * (part + 1)) / parts)
      for (let i = first; i < last; i++) {
        const share = i / samples
        let value = level + (nextLevel - level) * share + from + ((to - from) * (i - first)) / (last - first)
        for (let k = 0; k < rememberedPulses; k++) {
          const position = (second + share - feet[k]!) * stretches[k]! - tableFrom * pointsPerSecond
          if (position < 0 || position >= table.length - 1) continue
          const point = position | 0
          const below = table[point]!
          value += heights[k]! * (below + (position - point) * (table[point + 1]! - below))
        }
        counts[i] = person.photodiodeCounts + scale * (value + noise * normal())
      }
    }
    level = nextLevel
    return pulses
  }
}

/** A pulse of height 1, from `tableFrom` to `tableTo` s around its foot. */
function pulseTable(reflection: number): Float64Array {
  const wave = (seconds: number, peak: number, width: number) =>
    Math.exp(-((seconds - peak) ** 2) / (2 * width * width))
  return Float64Array.from({ length: Math.round((tableTo - tableFrom) * pointsPerSecond) }, (_, i) => {
    const seconds = tableFrom + i / pointsPerSecond
    return wave(seconds, firstPeak, firstWidth) + reflection * wave(seconds, secondPeak, secondWidth)
  })
}

import type { InputSegment } from './inputSchema.ts'

/**
 * What a PPG quality model takes of four seconds: up to three pulses, cut out around their steepest slopes of the band-passed
 * wave turned so that these go up, each without its mean and divided by its own deviation; then features. A pulse is judged by
 * itself, wherever it lies, so that rhythm does not matter. NaN where there was none or where samples are missing. A bundle made for
 * anything else does not load.
 */
export const ppgInput = {
  signal: 'ppg',
  unit: '1',
  scaledBy: 'pulse-deviation',
  turned: 'steepest-slope-up',
  rateHz: 32,
  windowPoints: 128,
  everySeconds: 1,
  leastRateHz: 20,
  /** Second-order Butterworth on either side. */
  bandHz: [0.5, 8],
  pulses: 3,
  points: 24,
  /** Points before the steepest slope, which lies on the next one. */
  pointsBefore: 8,
  /** Nearer ones are one pulse. */
  apartPoints: 10,
  /** Of the steepest slope in the window; less is no pulse. */
  leastSlope: 0.4,
  /**
   * `unlike`: mean squared difference of the pulses from their mean; `amplitude`: (a - u) / (a + u) of half the window's 10 to 90 %
   * range a and the wearer's usual one u, the median over some six minutes; `flat`: share of the points at which the
   * sensor had stood still for a quarter of a second.
   */
  features: ['unlike', 'amplitude', 'flat'],
} as const

const shapeLength = ppgInput.pulses * ppgInput.points
/** Where the features begin. */
export const ppgFeaturesFrom = shapeLength
export const ppgInputLength = shapeLength + ppgInput.features.length

/** By pulse, in their order in time, before and after the steepest slope, then the features; `from` and `to` are indices. */
export const ppgSegments: readonly InputSegment[] = [
  ...Array.from({ length: ppgInput.pulses }, (_, pulse) => {
    const from = pulse * ppgInput.points
    const middle = from + ppgInput.pointsBefore + 4
    return [
      { name: `pulse ${pulse + 1} rise`, from, to: middle },
      { name: `pulse ${pulse + 1} fall`, from: middle, to: from + ppgInput.points },
    ]
  }).flat(),
  ...ppgInput.features.map((name, f) => ({ name, from: shapeLength + f, to: shapeLength + f + 1 })),
]

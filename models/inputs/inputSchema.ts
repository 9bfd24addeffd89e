import { ecgFilterId } from './ecgFilter.ts'

/** What an ECG beat model takes: 88 points of shape, then the rhythm. A bundle made for anything else does not load. */
export const ecgBeatInput = {
  signal: 'ecg',
  unit: 'mV',
  /** Divided by this before it reaches the model; the unit above is that of the signal. */
  scaledBy: 'wearer-qrs-amplitude',
  /**
   * Share of the wearer's usual beat that is taken off. Wholly, what has always been abnormal in a wearer would be invisible;
   * not at all, a model of few persons finds everybody else's normal beat strange.
   */
  usualBeatShare: 0.5,
  rateHz: 125,
  points: 88,
  /** Points before the R peak; it lies on the next one. */
  pointsBefore: 31,
  fromMilliseconds: -250,
  toMilliseconds: 450,
  features: ['prematurity', 'previousRrToMedian', 'rrToPreviousRr', 'irregularity'],
  filter: ecgFilterId,
} as const

export const ecgBeatInputLength = ecgBeatInput.points + ecgBeatInput.features.length

/** Parts of an input by which a score is explained; together they cover it exactly. `from` and `to` are indices. */
export interface InputSegment {
  name: string
  from: number
  /** Exclusive. */
  to: number
}

const pointAt = (milliseconds: number) =>
  ecgBeatInput.pointsBefore + Math.round((milliseconds * ecgBeatInput.rateHz) / 1000)

/** By time around the R peak; the borders are those of a beat at rest and only name the region. */
export const ecgBeatSegments: readonly InputSegment[] = [
  { name: 'P', from: 0, to: pointAt(-64) },
  { name: 'QRS', from: pointAt(-64), to: pointAt(96) },
  { name: 'ST', from: pointAt(96), to: pointAt(176) },
  { name: 'T', from: pointAt(176), to: ecgBeatInput.points },
  { name: 'rhythm', from: ecgBeatInput.points, to: ecgBeatInputLength },
]

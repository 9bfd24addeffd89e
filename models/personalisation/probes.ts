import { ecgBeatInput } from '../inputs/inputSchema.ts'
import type { Scorer } from '../scorer.ts'
import type { Anchor } from './anchor.ts'

/** Scores of the probes over the threshold: clearly anomalous, and far more so. */
const targets = [1.5, 4] as const
const mostAway = 20

/**
 * Windows that the population model calls anomalous, on which a personal model's behaviour is measured: the population's mean
 * window with each segment raised, lowered, or tilted, and, of beats, wide, inverted and early ones; each as strongly as it
 * takes to reach 1.5 and 4 times the threshold. They depend on the population model alone, never on a wearer.
 */
export function makeProbes(anchor: Anchor, population: Scorer): Float32Array[] {
  return directionsOf(anchor).flatMap((direction) =>
    targets.flatMap((target) => probeAt(anchor, population, direction, target) ?? []),
  )
}

function probeAt(
  { scoring: { mean, scale }, threshold }: Anchor,
  population: Scorer,
  direction: Float32Array,
  target: number,
): Float32Array | undefined {
  for (let away = 0.1; away <= mostAway; away *= 1.1) {
    const probe = mean.map((value, i) => value + away * direction[i]! * scale[i]!)
    const score = population.score(probe)?.score
    if (score !== undefined && score >= target * threshold) return probe
  }
  return undefined
}

/** In scaled units; the largest change of each is about 1. */
function directionsOf({ kind, scoring }: Anchor): Float32Array[] {
  const { segments, weight, mean } = scoring
  const along = (from: number, to: number, value: (share: number) => number) =>
    mean.map((_, i) => (i >= from && i < to ? value((i - from) / Math.max(1, to - from - 1)) : 0))
  const general = segments
    .filter(({ from, to }) => weight.subarray(from, to).some((value) => value > 0))
    .flatMap(({ from, to }) =>
      [1, -1].flatMap((sign) => [along(from, to, () => sign), along(from, to, (share) => sign * (2 * share - 1))]),
    )
  return kind === 'ecg-beat' ? [...general, ...beatDirections(scoring)] : general
}

function beatDirections({ mean, scale }: Anchor['scoring']): Float32Array[] {
  const { points, pointsBefore } = ecgBeatInput
  /** The mean beat, read from another place, instead of itself. */
  const reshaped = (value: (i: number) => number) =>
    mean.map((own, i) => (i < points ? (value(i) - own) / scale[i]! : 0))
  const wide = reshaped((i) => mean[Math.round(pointsBefore + (i - pointsBefore) / 2.5)]!)
  const inverted = reshaped((i) => -mean[i]!)
  const flat = reshaped(() => 0)
  const early = mean.map((_, i) => (i === points ? -1 : 0))
  return [wide, inverted, flat, early, wide.map((value, i) => value + early[i]!)]
}

import { driftReference, scoreQuantiles } from '../bundle/driftReference.ts'
import { inputParts } from '../bundle/inputKinds.ts'
import { bundleSchemaVersion, type UnhashedManifest } from '../bundle/manifest.ts'
import { scorerOf } from '../detectors/fit.ts'
import { vitalsSegments } from '../inputs/vitalsInput.ts'
import { judgedDays } from './vitalsEvaluation.ts'
import {
  learntFrom,
  scoreWindows,
  type VitalsCandidate,
  type VitalsMeasures,
  type VitalsSources,
} from './vitalsTraining.ts'

interface TrainedVitals {
  sources: VitalsSources
  best: VitalsCandidate
  /** All that were compared, the best among them. */
  candidates: readonly VitalsCandidate[]
  alarmsPerDay: number
  seed: number
  backend: string
  command: string
}

const limits = [
  'Not a medical device. Everything it has learnt from and was judged on is simulated: it says nothing about real people, who ' +
    'vary more and will have more false alarms.',
  "Knows nothing of a wearer's first 24 h of wear: limits alone watch then. A wearer who is ill in that time is compared with it.",
  'One sign alone (a slow heart) is one of four and is often missed; with less than half of the signs there is no verdict.',
  'Effort without movement looks like illness.',
]

/** What a bundle says of the model. */
export function describeVitals(trained: TrainedVitals): UnhashedManifest {
  const { sources, best, candidates, alarmsPerDay, seed, backend, command } = trained
  const { mean, scale, weight, leastMeasured } = best.scoring
  const scorer = scorerOf(best)
  const calibrated = sources.calibrate.map((source) => scoreWindows(scorer, source))
  const learnt = sources.train.map(learntFrom)
  const count = sources.calibrate.length
  return {
    schemaVersion: bundleSchemaVersion,
    name: 'vitals',
    ...inputParts('vitals'),
    model: best.model,
    scaler: {
      mean: [...mean],
      scale: [...scale],
      weight: [...weight],
      ...(leastMeasured !== undefined && { leastMeasured }),
    },
    threshold: {
      value: best.measures.threshold,
      how:
        `the lowest with at most ${alarmsPerDay} alarms a wearer-day (three windows in a row) on ${judgedDays(calibrated).toFixed(1)} ` +
        `ordinary days of ${count} simulated wearers that nothing was learnt from`,
    },
    calibrationScores: scoreQuantiles(
      calibrated.map((windows) => windows.flatMap(({ score }) => score ?? [])),
      'ordinary days of simulated wearers that nothing was learnt from',
    ),
    driftReference: driftReference(
      learnt,
      { scaler: best.scoring, segments: vitalsSegments, score: (window) => scorer.score(window) },
      'ordinary days of the simulated wearers listed under training',
    ),
    training: {
      records: [],
      persons: [],
      excluded: [],
      simulated: [...sources.train, ...sources.calibrate].map((source) => source.seed),
      seed,
      backend,
      command,
      windows: { recorded: 0, simulated: learnt.reduce((sum, windows) => sum + windows.length, 0) },
      split: 'by person: one in five held out of fitting, others for the threshold, others again for the figures',
      ...(best.trained !== undefined && { epochs: best.trained.epochs }),
    },
    card: {
      purpose: "Tells vital signs that together are unlike the wearer's own at that activity, over five minutes.",
      data: 'Ordinary days of simulated wearers: sleep, walks, stairs, runs, cycling, sensors that lose their reading.',
      simulated: true,
      alarms: 'low priority',
      evaluation:
        'Simulated wearers that neither model nor threshold has seen, all models at the same alarm budget. Alarms a wearer-day on ' +
        'ordinary days; of events, the share told in time (short ones 10 min, fever 4 h, slow haemorrhage 2 h), the median delay ' +
        'of those in s, and the AUROC of windows in the event against others of the same people. The model was chosen by these figures.',
      metrics: metricsOf(best.measures),
      baselines: Object.fromEntries(
        candidates
          .filter(({ name }) => name !== best.name)
          .map(({ name, measures }) => [name, metricsOf(measures)] as const),
      ),
      limits,
    },
  }
}

function metricsOf({ falseAlarmsPerDay, days, events }: VitalsMeasures): Record<string, number> {
  const byKind = Object.entries(events).flatMap(([kind, { events: count, detected, medianDelaySeconds, auroc }]) => [
    [`${kind}Events`, count] as const,
    [`${kind}InTime`, detected] as const,
    [`${kind}DelaySeconds`, medianDelaySeconds] as const,
    [`${kind}Auroc`, auroc] as const,
  ])
  const all = [['falseAlarmsPerDay', falseAlarmsPerDay] as const, ['ordinaryDays', days] as const, ...byKind]
  return Object.fromEntries(all.filter(([, value]) => Number.isFinite(value)))
}

import { outline, precisionRecallCurve, rocCurve, type Point } from './curves.ts'
import type { Plot } from './plot.ts'

/** Scores by detector, of what is anomalous and of what is normal. */
export type RankedScores = ReadonlyMap<string, { anomalous: ArrayLike<number>; normal: ArrayLike<number> }>

/** ROC and precision over recall, a line a detector. */
export function rankPlots(title: string, scores: RankedScores): Plot[] {
  const lines = (of: typeof rocCurve) =>
    [...scores].map(([name, { anomalous, normal }]) => ({ name, points: of(anomalous, normal) }))
  return [
    {
      title: `ROC: ${title}`,
      xLabel: 'share of the normal above',
      yLabel: 'share of the anomalous above',
      lines: lines(rocCurve),
    },
    {
      title: `Precision and recall: ${title}`,
      xLabel: 'recall',
      yLabel: 'precision',
      lines: lines(precisionRecallCurve),
    },
  ]
}

/** A series, and under it its score over the same axis. */
export function seriesPlots(
  file: string,
  values: ArrayLike<number>,
  { steps, pointsAStep, bands }: { steps: Float32Array; pointsAStep: number; bands: NonNullable<Plot['bands']> },
): Plot[] {
  const score = outline(steps).map(([step, value]): Point => [step * pointsAStep, value])
  return [
    { title: file, xLabel: 'point', yLabel: 'value', lines: [{ name: 'series', points: outline(values) }], bands },
    { title: `${file}: score`, xLabel: 'point', yLabel: 'score', lines: [{ name: 'score', points: score }], bands },
  ]
}

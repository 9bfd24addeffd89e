import { alarmSpans, type AlarmLogic } from '../calibration/alarmLogic.ts'
import { averagePrecision } from '../personalisation/evaluate.ts'
import { isAnomalous, type BeatClass } from '../training/beatClasses.ts'
import { auroc, mean, share } from '../training/measures.ts'

export const mitdbProtocol = {
  /** The first five minutes may be learnt from. */
  fromSeconds: 300,
  /** Records with fewer anomalous beats have no part in the means. */
  leastAnomalous: 20,
} as const

/** Below every score: a beat that was missed is never called anomalous. */
export const lowestScore = -1

/** A beat that our own detector found, judged. */
export interface FoundBeat {
  /** Stream time, µs. */
  at: number
  /** Of the mark within 150 ms; absent where nobody marked a beat. */
  label?: BeatClass
  /** `lowestScore` where there is nothing to score. */
  score: number
  /** Whether the gateway would judge it; alarms are raised by these alone. */
  assessable: boolean
}

/** The judged part of a record. */
export interface JudgedRecord {
  record: string
  found: readonly FoundBeat[]
  /** Marked beats of which nothing was found. */
  missed: readonly BeatClass[]
  seconds: number
  threshold: number
}

export interface RecordFigures {
  anomalous: number
  normal: number
  missed: number
  /** NaN below `leastAnomalous`. */
  auc: number
  ap: number
  falseAlarmsPerHour: number
  normalAbove: number
}

/**
 * S, V and F against N; Q has no part. A missed beat ranks below all others, so that who finds little does not shine. A false alarm
 * is one of the gateway's own rule in which no marked beat is S, V or F.
 */
export function recordFigures(judged: JudgedRecord, logic: AlarmLogic): RecordFigures {
  const { found, threshold, seconds } = judged
  const [anomalous, normal] = [scoresOf(judged, isAnomalous), scoresOf(judged, (label) => label === 'N')]
  const enough = anomalous.length >= mitdbProtocol.leastAnomalous && normal.length > 0
  const scored = found.filter(({ assessable }) => assessable)
  const scores = { at: Float64Array.from(scored, ({ at }) => at), score: Float64Array.from(scored, (one) => one.score) }
  const isFalse = ({ from, to }: { from: number; to: number }) =>
    !scored.slice(from, to).some(({ label }) => label !== undefined && isAnomalous(label))
  const falseAlarms = alarmSpans(scores, logic, threshold).filter(isFalse).length
  return {
    anomalous: anomalous.length,
    normal: normal.length,
    missed: judged.missed.filter((label) => label !== 'Q').length,
    auc: enough ? auroc(anomalous, normal) : NaN,
    ap: enough ? averagePrecision(anomalous, normal) : NaN,
    falseAlarmsPerHour: (falseAlarms * 3600) / seconds,
    normalAbove: share(normal, (score) => score > threshold),
  }
}

/** Over all records: means over those with enough anomalous beats, the same pooled, and shares above each one's threshold. */
export function overallFigures(records: readonly JudgedRecord[], logic: AlarmLogic) {
  const figures = records.map((record) => recordFigures(record, logic))
  const meanOf = (name: 'auc' | 'ap') => mean(figures.map((own) => own[name]).filter((figure) => !Number.isNaN(figure)))
  const { anomalous, normal } = pooledScores(records)
  const above = (wanted: BeatClass) => {
    const own = records.flatMap((record) =>
      scoresOf(record, (label) => label === wanted).map((score) => score > record.threshold),
    )
    return share(own, (is) => is)
  }
  const seconds = records.reduce((sum, record) => sum + record.seconds, 0)
  const falseAlarms = figures.reduce((sum, own, i) => sum + (own.falseAlarmsPerHour * records[i]!.seconds) / 3600, 0)
  return {
    auc: meanOf('auc'),
    ap: meanOf('ap'),
    pooledAuc: auroc(anomalous, normal),
    pooledAp: averagePrecision(anomalous, normal),
    supraventricularSensitivity: above('S'),
    ventricularSensitivity: above('V'),
    fusionSensitivity: above('F'),
    normalAbove: above('N'),
    falseAlarmsPerHour: (falseAlarms * 3600) / seconds,
  }
}

/** Scores of all records of what is anomalous (S, V, F; missed beats lowest) and of N. */
export function pooledScores(records: readonly JudgedRecord[]): { anomalous: number[]; normal: number[] } {
  const pooled = (condition: (label: BeatClass) => boolean) => records.flatMap((record) => scoresOf(record, condition))
  return { anomalous: pooled(isAnomalous), normal: pooled((label) => label === 'N') }
}

/** With all thresholds multiplied by each factor: share of the anomalous beats above theirs, and false alarms an hour. */
export function alarmsBySensitivity(
  records: readonly JudgedRecord[],
  logic: AlarmLogic,
  factors: readonly number[],
): { sensitivity: number; falseAlarmsPerHour: number }[] {
  return factors.map((factor) => {
    const moved = records.map((record) => ({ ...record, threshold: record.threshold * factor }))
    const above = moved.flatMap((record) => scoresOf(record, isAnomalous).map((score) => score > record.threshold))
    return {
      sensitivity: share(above, (is) => is),
      falseAlarmsPerHour: overallFigures(moved, logic).falseAlarmsPerHour,
    }
  })
}

/** Scores of the marked beats of a class; of the missed ones the lowest. */
function scoresOf({ found, missed }: JudgedRecord, condition: (label: BeatClass) => boolean): number[] {
  return [
    ...found.flatMap(({ label, score }) => (label !== undefined && condition(label) ? [score] : [])),
    ...missed.filter(condition).map(() => lowestScore),
  ]
}

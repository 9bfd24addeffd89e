import { matchBeats } from '../training/matchBeats.ts'
import { qrsProtocol } from './qrs.ts'

/** Marks of one record from a moment on: what is to be scored there. */
export interface QualityRecord {
  name: string
  fromSeconds: number
  /** Beats that a person marked, ascending; the code where the marks have one. */
  beats: readonly { at: number; code?: string }[]
}

/** A beat that was found, at `at` s, and why it is not scored, if it is not. */
export interface GatedBeat {
  at: number
  unfit?: string
}

export interface QualityCounts {
  annotated: number
  /** Beats scored that a person marked. */
  scored: number
  /** Beats scored where nobody marked one. */
  scoredFalse: number
  /** Marked beats of which nothing was found: not told as not assessable either. */
  missed: number
  /** Marked beats that were found and not scored. */
  notAssessable: number
  /** Found where nobody marked a beat, and not scored. */
  falseGated: number
  ventricular: number
  ventricularScored: number
}

export function countQuality(record: QualityRecord, found: readonly GatedBeat[]): QualityCounts {
  const marks = record.beats
  const matches = matchBeats(
    found.map(({ at }) => at),
    marks.map(({ at }) => at),
    qrsProtocol.toleranceSeconds,
  )
  const beatOf = new Map<number, GatedBeat>()
  matches.forEach((mark, i) => mark >= 0 && beatOf.set(mark, found[i]!))
  const asked = marks.flatMap(({ at, code }, i) => (at >= record.fromSeconds ? [{ code, beat: beatOf.get(i) }] : []))
  const unmarked = found.filter(({ at }, i) => matches[i]! < 0 && at >= record.fromSeconds)
  const isScored = (beat: GatedBeat | undefined) => beat !== undefined && beat.unfit === undefined
  const ventricular = asked.filter(({ code }) => code === 'V')
  return {
    annotated: asked.length,
    scored: asked.filter(({ beat }) => isScored(beat)).length,
    scoredFalse: unmarked.filter(isScored).length,
    missed: asked.filter(({ beat }) => beat === undefined).length,
    notAssessable: asked.filter(({ beat }) => beat?.unfit !== undefined).length,
    falseGated: unmarked.filter(({ unfit }) => unfit !== undefined).length,
    ventricular: ventricular.length,
    ventricularScored: ventricular.filter(({ beat }) => isScored(beat)).length,
  }
}

export interface QualityMetrics {
  /** Of what is scored; a marked beat that nothing was found of counts as missed wherever it lies. */
  f1: number
  /** Share of the marked beats that is scored. */
  coverage: number
  /** Share of the marked beats that was found and not scored. */
  notAssessable: number
}

export function qualityMetrics(counts: QualityCounts): QualityMetrics {
  const { annotated, scored, scoredFalse, missed, notAssessable } = counts
  return {
    f1: (2 * scored) / (2 * scored + scoredFalse + missed),
    coverage: scored / annotated,
    notAssessable: notAssessable / annotated,
  }
}

/** Share of the ventricular beats that is not scored, missed ones included. */
export function ventricularNotAssessable({ ventricular, ventricularScored }: QualityCounts): number {
  return 1 - ventricularScored / ventricular
}

import type { Beat } from '../inputs/beatStream.ts'
import { beatClass, type BeatClass } from './beatClasses.ts'
import { matchBeats } from './matchBeats.ts'

/** EC57. */
const matchMicros = 150_000

/** A beat mark made by a person. */
export interface BeatAnnotation {
  /** Stream time, µs. */
  tick: number
  /** WFDB code; marks that are no beats are left out of account. */
  code: string
}

export interface LabelledBeat {
  beat: Beat
  /** Absent where nobody marked a beat there. */
  label?: BeatClass
  /** Stream time of that mark, µs. */
  mark?: number
  /** Normal, as are the two beats before and the one after, none of them missed: shape and rhythm are normal. */
  usual: boolean
}

/** Joins what was found with what a person marked, by time alone. */
export function labelBeats(beats: readonly Beat[], annotations: readonly BeatAnnotation[]): LabelledBeat[] {
  const marks = annotations.flatMap(({ tick, code }) => {
    const label = beatClass(code)
    return label === undefined ? [] : [{ tick, label }]
  })
  const matches = matchBeats(
    beats.map((beat) => beat.tick),
    marks.map((mark) => mark.tick),
    matchMicros,
  )
  return beats.map((beat, i) => {
    const mark = matches[i]!
    const usual = [-2, -1, 0, 1].every((k) => matches[i + k] === mark + k && marks[mark + k]?.label === 'N')
    const marked = marks[mark]
    return { beat, ...(marked && { label: marked.label, mark: marked.tick }), usual: mark >= 0 && usual }
  })
}

import { signals } from '../../../firmware-bridge/signals.ts'
import type { Annotation, SingleValue } from '../recording.ts'
import { beatCodes } from './annotations.ts'

/**
 * The interval that each beat ends, ms, at the time of that beat: between two annotated beats in a row, whatever other marks
 * lie between them. Beyond the range of the signal it is no interval between two heart beats, and left out as a gap.
 * @param rateHz in which the annotations are counted
 */
export function rrIntervals(annotations: readonly Annotation[], rateHz: number): SingleValue[] {
  const { min, max } = signals.rrInterval
  const found: SingleValue[] = []
  let previous: number | undefined
  for (const { sample, code } of annotations) {
    if (!beatCodes.has(code)) continue
    const millis = previous === undefined ? NaN : ((sample - previous) * 1000) / rateHz
    if (millis >= min && millis <= max)
      found.push({ channel: 0, atMicros: Math.round((sample * 1e6) / rateHz), value: millis })
    previous = sample
  }
  return found
}

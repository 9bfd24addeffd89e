import { ecgBeatInput, ecgBeatInputLength } from '../../models/inputs/inputSchema.ts'
import type { Beat } from '../../models/inputs/beatStream.ts'
import type { BeatSeen } from '../flow.ts'
import { stamp } from './run.ts'

const { points, pointsBefore, usualBeatShare } = ecgBeatInput

/** A triangle about the R peak, so many points to each side. */
const triangle = (halfWidth: number, height: number, at: number): number =>
  height * Math.max(0, 1 - Math.abs(at - pointsBefore) / halfWidth)
const shapes = {
  narrow: (k: number) => triangle(4, 1, k),
  wide: (k: number) => triangle(14, -1.4, k) + triangle(5, 0.6, k - 14),
}

/** A beat of a made-up wearer whose usual one is narrow. */
export function beatAt(
  seconds: number,
  rrSeconds: number | undefined,
  shape: keyof typeof shapes = 'narrow',
  quality: Partial<Beat['quality']> = {},
): BeatSeen {
  const at = stamp(seconds)
  const input = new Float32Array(ecgBeatInputLength)
  for (let k = 0; k < points; k++) input[k] = shapes[shape](k) - usualBeatShare * shapes.narrow(k)
  const beat: Beat = {
    tick: at.tick,
    from: at.tick + ecgBeatInput.fromMilliseconds * 1000,
    to: at.tick + ecgBeatInput.toMilliseconds * 1000,
    ...(rrSeconds !== undefined && { rrSeconds }),
    input,
    quality: { saturated: false, noise: 0, ambient: 0.05, artifact: false, complete: true, ...quality },
  }
  return { kind: 'beat', ...at, beat }
}

/** Beats after these intervals, s, from a first one at 0; `wide` says which of them. */
export function beatsAfter(intervals: readonly number[], wide: (index: number) => boolean = () => false): BeatSeen[] {
  let seconds = 0
  return intervals.map((rr, i) => beatAt((seconds += rr), rr, wide(i) ? 'wide' : 'narrow'))
}

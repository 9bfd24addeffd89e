import { ecgBeatInput } from '../inputs/inputSchema.ts'
import { seededRandom } from './random.ts'

export interface BeatVariation {
  /** Of each beat, beside itself. */
  copies: number
  /** Largest relative change of the amplitude. */
  gain: number
  /** Largest shift of the baseline, and of its slope from the window's middle to its ends, in units of the input. */
  wander: number
}

/**
 * Beats, and copies of them as the same heart gives them at another breath: amplitude and baseline changed, the rhythm not.
 * A network that has seen these tells them from another shape, which few persons' beats alone do not teach it. Same seed,
 * same beats.
 */
export function variedBeats(
  inputs: readonly Float32Array[],
  { copies, gain, wander }: BeatVariation,
  seed: number,
): Float32Array[] {
  const random = seededRandom(seed)
  const within = (most: number) => most * (2 * random() - 1)
  const { points } = ecgBeatInput
  const varied = (input: Float32Array): Float32Array => {
    const [amplitude, shift, slope] = [1 + within(gain), within(wander), within(wander)]
    return input.map((value, i) => (i < points ? amplitude * value + shift + slope * ((2 * i) / points - 1) : value))
  }
  return [...inputs, ...Array.from({ length: copies }, () => inputs.map(varied)).flat()]
}

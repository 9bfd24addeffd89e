import type { Person } from './person.ts'
import type { Random } from './random.ts'

/** The waves of one kind of beat, as Gaussians in the angle of the cycle: an R peak is at 0. */
export interface BeatShape {
  /** Radians. */
  phases: Float64Array
  strengths: Float64Array
  /** Radians. */
  widths: Float64Array
}

const degree = Math.PI / 180
export const waveCount = 5
/** R wave that the strengths below give, in the model's own unit: 30 · 0.1² / 2π, less the neighbours' share. */
const modelRWave = 0.0416

/**
 * A conducted beat. Phases, strengths and widths of P, Q, R, S, T: ECGSYN 1.3, the authors' program to the paper, but with P
 * and T taken down by a third and a fifth: at an R wave of 1.2 mV a P wave in lead II stays below 0.25 mV. Persons differ.
 */
export function conductedBeat(random: Random): BeatShape {
  const variation = Array.from({ length: waveCount }, () => Math.exp(random.normal(0, 0.08)))
  return {
    phases: Float64Array.of(-70 * degree, -15 * degree, 0, 15 * degree, 100 * degree),
    strengths: Float64Array.from([0.8, -5, 30, -7.5, 0.6], (strength, i) =>
      i === 2 ? strength : strength * (variation[i] ?? 1),
    ),
    widths: Float64Array.of(0.25, 0.1, 0.1, 0.1, 0.4),
  }
}

/**
 * A beat that begins in a ventricle: no P, a QRS of about 150 ms (120 at least), taller than a usual one, and a T wave
 * against it (Surawicz & Knilans, Chou's Electrocardiography in Clinical Practice). One shape a person.
 */
export function ventricularBeat(random: Random): BeatShape {
  const vary = (value: number) => value * Math.exp(random.normal(0, 0.12))
  return {
    phases: Float64Array.of(0, -35 * degree, 0, 38 * degree, 112 * degree),
    strengths: Float64Array.of(0, vary(-0.9), vary(7.6), vary(-3.2), vary(-1.1)),
    widths: Float64Array.of(0, 0.16, 0.25, 0.24, 0.42),
  }
}

/** mV for each unit of the model. */
export function gainOf(person: Person): number {
  return person.rWaveMillivolts / modelRWave
}

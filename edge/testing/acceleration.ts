import type { SimulatedEvent } from '../../simulators/synthetic/events.ts'
import { accelerometerRateHz, syntheticBody } from '../../simulators/synthetic/syntheticBody.ts'
import type { Flow, Stage } from '../flow.ts'
import { motions, senseMotion } from '../stages/motion.ts'
import { axes } from '../stages/motionSeconds.ts'
import { emitted, ofKind, samples } from './run.ts'

type Axes = readonly [Float32Array, Float32Array, Float32Array]

/** Acceleration that a simulated wearer's device measures, as items of a second each. */
export function simulated(seed: number, seconds: number, events: readonly SimulatedEvent[]): Flow[] {
  const body = syntheticBody(seed, events, { signals: axes })
  return Array.from({ length: seconds }, (_, second) =>
    body(second).map(({ signal, values }) => samples(second, signal, values, accelerometerRateHz)),
  ).flat()
}

/** Acceleration by a formula of time, g. */
export function shaped(seconds: number, rateHz: number, at: (seconds: number) => [number, number, number]): Flow[] {
  const values = axes.map(() => new Float32Array(seconds * rateHz))
  for (let i = 0; i < seconds * rateHz; i++) for (const [a, value] of at(i / rateHz).entries()) values[a]![i] = value
  return inSeconds(values as unknown as Axes, rateHz)
}

/** A recording's acceleration as items of a second each. */
export function inSeconds(values: Axes, rateHz: number): Flow[] {
  return Array.from({ length: Math.floor(values[0].length / rateHz) }, (_, second) =>
    axes.map((axis, a) => samples(second, axis, values[a]!.subarray(second * rateHz, (second + 1) * rateHz), rateHz)),
  ).flat()
}

/** Findings of a detector behind the motion stage: seconds of the cause, and seconds at which they were told. */
export function findingsOf(detector: Stage, items: readonly Flow[]) {
  const sense = senseMotion(motions())
  return items.flatMap((item) => {
    const told = 'tick' in item && item.kind === 'samples' ? item.tick / 1e6 + item.values.length / item.rateHz : 0
    const out = emitted(sense, [item]).flatMap((passed) => emitted(detector, [passed]))
    return ofKind(out, 'finding').map(({ code, abnormal, tick, params }) => {
      return { code, abnormal, at: tick / 1e6, told, params }
    })
  })
}

import { expect, test } from 'vitest'
import { ecgBeatInput, ecgBeatInputLength } from '../inputs/inputSchema.ts'
import { variedBeats } from './variedBeats.ts'

const { points } = ecgBeatInput
const input = Float32Array.from({ length: ecgBeatInputLength }, (_, i) => (i < points ? i % 7 : 0.25))

test('each beat stays, and its copies differ in amplitude and baseline alone', () => {
  const variation = { copies: 3, gain: 0.2, wander: 0.5 }
  const varied = variedBeats([input], variation, 1)
  expect(varied.length).toBe(4)
  expect(varied[0]).toEqual(input)
  for (const copy of varied.slice(1)) {
    expect(copy.subarray(points)).toEqual(input.subarray(points))
    // What is left when amplitude and a straight line are taken off is nothing: points 7 apart have the same value in the beat.
    const slope = (copy[7]! - copy[0]!) / 7
    const gain = copy[1]! - copy[0]! - slope
    expect(Math.abs(gain - 1)).toBeLessThanOrEqual(0.2 + 1e-5)
    copy
      .subarray(0, points)
      .forEach((value, i) => expect(value).toBeCloseTo(copy[0]! + gain * input[i]! + slope * i, 3))
  }
})

test('same seed, same beats; another seed, others', () => {
  const variation = { copies: 1, gain: 0.1, wander: 0.1 }
  expect(variedBeats([input], variation, 1)).toEqual(variedBeats([input], variation, 1))
  expect(variedBeats([input], variation, 2)).not.toEqual(variedBeats([input], variation, 1))
})

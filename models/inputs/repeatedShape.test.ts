import { expect, test } from 'vitest'
import { RepeatedShape } from './repeatedShape.ts'

const peak = 100
const wave = (height: number, width: number, slope = 0) =>
  Float64Array.from({ length: 200 }, (_, k) => height / (1 + ((k - peak) / width) ** 2) + slope * (k - peak))

test('a wave is repeated from the third that was like it on, whatever its size within half as much again', () => {
  const shapes = new RepeatedShape()
  expect([1, 1.2, 0.9, 1.1, 1].map((height) => shapes.push(wave(height, 8), peak))).toEqual([
    false,
    false,
    false,
    true,
    true,
  ])
})

test('one that is wider, inverted, on a slope, or much smaller is not', () => {
  for (const other of [wave(1, 60), wave(-1, 8), wave(1, 8, 0.1), wave(0.5, 8)]) {
    const shapes = new RepeatedShape()
    for (let i = 0; i < 4; i++) shapes.push(wave(1, 8), peak)
    expect(shapes.push(other, peak)).toBe(false)
  }
})

test('nothing, and what is flat, is like nothing', () => {
  const shapes = new RepeatedShape()
  for (let i = 0; i < 6; i++) expect(shapes.push(new Float64Array(200), peak)).toBe(false)
})

test('it goes on from its snapshot', () => {
  const shapes = new RepeatedShape()
  for (let i = 0; i < 3; i++) shapes.push(wave(1, 8), peak)
  const other = new RepeatedShape()
  other.restore(JSON.parse(JSON.stringify(shapes.snapshot())) as ReturnType<RepeatedShape['snapshot']>)
  expect(other.push(wave(1, 8), peak)).toBe(true)
  expect(other.snapshot()).toEqual((shapes.push(wave(1, 8), peak), shapes.snapshot()))
})

import { describe, expect, test } from 'vitest'
import { countQrs, fibrillationOf, grossQrs, qrsMetrics, type QrsRecord } from './qrs.ts'

const told = (times: readonly number[], delay = 0.3) => times.map((at) => ({ at, knownAt: at + delay }))
const record = (beats: readonly number[], fibrillation: QrsRecord['fibrillation'] = []): QrsRecord => ({
  name: 'x',
  durationSeconds: 20,
  beats,
  fibrillation,
})

describe('countQrs', () => {
  test('a beat within 150 ms is right, one within 50 ms also finely; others are missed or false', () => {
    const counts = countQrs(record([1, 2, 3, 4]), told([1.04, 2.1, 3.2, 5]), 0)
    expect(counts).toMatchObject({ annotated: 4, found: 4, right: 2, rightAt50ms: 1, late: 0 })
    expect(counts.maxDelayMilliseconds).toBe(300)
    expect(qrsMetrics(counts)).toMatchObject({ sensitivity: 0.5, ppv: 0.5, f1At50ms: 0.25 })
  })

  test('two beats found at one mark are one right and one false', () => {
    expect(countQrs(record([1]), told([0.95, 1.02]), 0)).toMatchObject({ found: 2, right: 1 })
  })

  test('a beat known later than 400 ms is missed', () => {
    const counts = countQrs(record([1, 2]), [...told([1]), ...told([2], 0.5)], 0)
    expect(counts).toMatchObject({ annotated: 2, found: 1, right: 1, late: 1, maxDelayMilliseconds: 500 })
  })

  test('what lies before the start is left out, on either side of a match', () => {
    // The mark at 4.95 is before 5 s, so the beat found at 5.02 that stands for it is not false.
    const counts = countQrs(record([1, 4.95, 6]), told([1, 3, 5.02, 6]), 5)
    expect(counts).toMatchObject({ annotated: 1, found: 1, right: 1 })
  })

  test('during fibrillation nothing is asked for and nothing counted', () => {
    const counts = countQrs(record([1, 5, 9], [{ from: 4, to: 8 }]), told([1, 5, 5.4, 6, 9]), 0)
    expect(counts).toMatchObject({ annotated: 2, found: 2, right: 2 })
  })

  test('gross figures count every beat once', () => {
    const one = countQrs(record([1, 2, 3]), told([1, 2, 3]), 0)
    const other = countQrs(record([1]), told([]), 0)
    expect(qrsMetrics(grossQrs([one, other]))).toMatchObject({ sensitivity: 0.75, ppv: 1 })
  })
})

test('episodes of fibrillation lie between [ and ], the last one up to the end', () => {
  const marks = [
    { at: 1, code: '[' },
    { at: 2, code: '!' },
    { at: 3, code: ']' },
    { at: 7, code: '[' },
  ]
  expect(fibrillationOf(marks, 10)).toEqual([
    { from: 1, to: 3 },
    { from: 7, to: 10 },
  ])
})

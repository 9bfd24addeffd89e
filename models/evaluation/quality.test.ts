import { describe, expect, test } from 'vitest'
import { countQuality, qualityMetrics, ventricularNotAssessable } from './quality.ts'

const beats = [
  { at: 1, code: 'N' },
  { at: 2, code: 'V' },
  { at: 3, code: 'N' },
  { at: 4, code: 'V' },
  { at: 5, code: 'N' },
]

describe('countQuality', () => {
  test('beats scored, not assessable, missed and made up are told apart', () => {
    const found = [
      { at: 1 },
      { at: 2.1 },
      { at: 3, unfit: 'artifact' },
      { at: 3.5 },
      { at: 5.6, unfit: 'noise' },
      { at: 5 },
    ]
    found.sort((a, b) => a.at - b.at)
    const counts = countQuality({ name: 'x', fromSeconds: 0, beats }, found)
    expect(counts).toEqual({
      annotated: 5,
      scored: 3,
      scoredFalse: 1,
      missed: 1,
      notAssessable: 1,
      falseGated: 1,
      ventricular: 2,
      ventricularScored: 1,
    })
    expect(qualityMetrics(counts)).toEqual({ f1: 6 / 8, coverage: 0.6, notAssessable: 0.2 })
    expect(ventricularNotAssessable(counts)).toBe(0.5)
  })

  test('what lies before the noisy part is left out', () => {
    const counts = countQuality({ name: 'x', fromSeconds: 3.9, beats }, [{ at: 0.5 }, { at: 4 }, { at: 5 }])
    expect(counts).toMatchObject({ annotated: 2, scored: 2, scoredFalse: 0, missed: 0, ventricular: 1 })
  })
})

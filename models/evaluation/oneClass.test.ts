import { expect, test } from 'vitest'
import { addConfusions, confusionAt, confusionMetrics } from './confusion.ts'
import { judgeOneClass, oneClassMetrics, type Learn, type Split } from './oneClass.ts'

const of = (...values: number[]) => values.map((value) => Float32Array.of(value))

/** The value itself as the score, whatever is learnt. */
const valueItself: Learn = (windows) => ({
  score: ([value]) => value!,
  heldOutScores: windows.map(([value]) => value!),
})

test('a table of confusions and what follows from it, by hand', () => {
  const table = confusionAt(2, [1, 3, 4], [0, 1, 2, 5])
  expect(table).toEqual({ truePositive: 2, falseNegative: 1, falsePositive: 1, trueNegative: 3 })
  expect(confusionMetrics(table)).toEqual({
    accuracy: 5 / 7,
    f1: 2 / 3,
    sensitivity: 2 / 3,
    specificity: 0.75,
    ppv: 2 / 3,
  })
  expect(addConfusions([table, table])).toEqual({
    truePositive: 4,
    falseNegative: 2,
    falsePositive: 2,
    trueNegative: 6,
  })
})

test('all anomalous windows count in the curve of each split, and each once in the table', () => {
  const anomalous = of(1.5, 9)
  const splits: Split[] = [
    { learn: of(1, 2), normal: of(1, 3), anomalous, dealt: [0] },
    { learn: of(1, 3), normal: of(0, 1), anomalous, dealt: [1] },
  ]
  const result = judgeOneClass(valueItself, splits, 1, 0.9)
  // Pairs in order: 3 of 4, then 4 of 4. Together 1.5 and 9 against 1, 3, 0, 1: 7 of 8.
  expect(result.aucs).toEqual([0.75, 1])
  expect(result.pooledAuc).toBe(7 / 8)
  // Thresholds 2, then 3: 1.5 is missed, 9 found, 3 above 2.
  expect(result.confusion).toEqual({ truePositive: 1, falseNegative: 1, falsePositive: 1, trueNegative: 3 })
})

test('no label and nothing judged moves the threshold, and no anomalous window is learnt from', () => {
  const seen: number[] = []
  const learn: Learn = (windows, seed) => {
    seen.push(...windows.map(([value]) => value!))
    return valueItself(windows, seed)
  }
  const split = { learn: of(1, 2), normal: of(1, 3), anomalous: of(5, 6), dealt: [0, 1] }
  const { confusion } = judgeOneClass(learn, [split], 1, 1)
  expect(seen).toEqual([1, 2])
  expect(confusion).toEqual({ truePositive: 2, falseNegative: 0, falsePositive: 1, trueNegative: 1 })
})

test('metrics are means over runs', () => {
  const splitOf = (value: number): Split => ({ learn: of(1), normal: of(2, 4), anomalous: of(value), dealt: [0] })
  const runs = [3, 5].map((value) => judgeOneClass(valueItself, [splitOf(value)], 1, 1))
  const metrics = oneClassMetrics(runs)
  expect(metrics['auc']).toBe(0.75)
  expect(metrics['auc.least']).toBe(0.5)
  expect(metrics['auc.standardDeviation']).toBeCloseTo(Math.sqrt(0.125), 12)
  // At the threshold 1 all is above: one of three is right.
  expect(metrics['accuracy']).toBeCloseTo(1 / 3, 12)
  expect(oneClassMetrics(runs.slice(0, 1))).not.toHaveProperty('auc.least')
})

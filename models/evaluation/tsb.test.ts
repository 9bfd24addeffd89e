import { describe, expect, it } from 'vitest'
import { splitTsb } from './tsb.ts'

const series = (anomalous: readonly number[], length = 1000) => ({
  values: Float64Array.from({ length }, (_, i) => i),
  labels: Uint8Array.from({ length }, (_, i) => (anomalous.includes(i) ? 1 : 0)),
})

describe('what of a labelled series is learnt', () => {
  it('is its first tenth; the rest is judged', () => {
    const { values, trainPoints, labels, leftOut } = splitTsb(series([30, 101, 500]), 2, 'unlabelled')
    expect([trainPoints, leftOut, values.length, labels.length]).toEqual([100, 0, 1000, 900])
    expect([...values.subarray(28, 33)]).toEqual([28, 29, 30, 31, 32])
  })

  it('is for an oracle without anomalies and what is around them', () => {
    const { values, trainPoints, labels, leftOut } = splitTsb(series([30, 101, 500]), 2, 'labelled')
    // 28 to 32 around 30, and 99, which is two points before 101.
    expect([trainPoints, leftOut]).toEqual([94, 6])
    expect([...values.subarray(26, 30), values[93], values[94]]).toEqual([26, 27, 33, 34, 98, 100])
    expect(values).toHaveLength(994)
    expect(labels).toHaveLength(900)
    expect([labels[1], labels[400], labels.reduce((sum, one) => sum + one, 0)]).toEqual([1, 1, 2])
  })

  it('must be something, and the rest must hold both', () => {
    expect(() => splitTsb(series([30, 500]), 10, 'labelled')).toThrow('expected 100 points to learn')
    expect(() => splitTsb(series([30]), 2, 'labelled')).toThrow(
      'expected some anomalous points after the first tenth, received 0',
    )
  })
})

import { describe, expect, it } from 'vitest'
import { highestAfter, judgeUcr, parseUcrName, ucrMetrics } from './ucr.ts'

const name = (form: string, id = '004') => `${id}_UCR_Anomaly_${form}BIDMC1_2500_5400_5600.txt.gz`

describe('the UCR anomaly archive', () => {
  it('says in a file’s name what may be learnt and where the anomaly is', () => {
    expect(parseUcrName(name('DISTORTED'))).toMatchObject({
      id: '004',
      name: 'DISTORTEDBIDMC1',
      series: 'BIDMC1',
      family: 'BIDMC',
      trainPoints: 2500,
      anomaly: { from: 5399, to: 5600 },
    })
    for (const wrong of [
      'BIDMC1_2500_5400_5600.txt',
      '1_UCR_Anomaly_X_2500_2400_5600.txt',
      '1_UCR_Anomaly_X_1_5_4.txt',
    ])
      expect(() => parseUcrName(wrong)).toThrow(`${wrong}: expected`)
  })

  it('is right within 100 points, and by the wider rule within its length', () => {
    const file = parseUcrName(name(''))
    const right = (told: number) => {
      const { rightWithin100, rightWithinLength } = judgeUcr(file, told)
      return [rightWithin100, rightWithinLength]
    }
    expect(right(5299)).toEqual([true, true])
    expect(right(5298)).toEqual([false, true])
    expect(right(5198)).toEqual([false, true])
    expect(right(5197)).toEqual([false, false])
    expect(right(5699)).toEqual([true, true])
    expect(right(5700)).toEqual([false, true])
  })

  it('counts the forms of one anomaly once, by their share', () => {
    const judged = [
      judgeUcr(parseUcrName(name('')), 5500),
      judgeUcr(parseUcrName(name('NOISE', '094')), 1),
      judgeUcr(parseUcrName('119_UCR_Anomaly_ECG1_10000_11800_12100.txt'), 11900),
    ]
    expect(ucrMetrics(judged)).toMatchObject({
      accuracy: 2 / 3,
      'distinct.accuracy': 0.75,
      'family.BIDMC.accuracy': 0.5,
      'family.ECG.accuracy': 1,
    })
  })

  it('takes the first of the highest scores behind what was learnt', () => {
    expect(highestAfter([9, 1, 3, 2, 3], 1)).toBe(2)
    expect(() => highestAfter([1, 2], 2)).toThrow('expected some after 2')
  })
})

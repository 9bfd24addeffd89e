import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { news2, news2InputNames, type News2Inputs } from './news2.ts'

/** Every edge of the published chart: value, points. */
const bands: [keyof News2Inputs, [number, number][]][] = [
  [
    'respirationRate',
    [
      [0, 3],
      [8, 3],
      [9, 1],
      [11, 1],
      [12, 0],
      [20, 0],
      [21, 2],
      [24, 2],
      [25, 3],
      [60, 3],
    ],
  ],
  [
    'spo2',
    [
      [30, 3],
      [91, 3],
      [92, 2],
      [93, 2],
      [94, 1],
      [95, 1],
      [96, 0],
      [100, 0],
    ],
  ],
  [
    'systolic',
    [
      [40, 3],
      [90, 3],
      [91, 2],
      [100, 2],
      [101, 1],
      [110, 1],
      [111, 0],
      [219, 0],
      [220, 3],
      [300, 3],
    ],
  ],
  [
    'pulse',
    [
      [20, 3],
      [40, 3],
      [41, 1],
      [50, 1],
      [51, 0],
      [90, 0],
      [91, 1],
      [110, 1],
      [111, 2],
      [130, 2],
      [131, 3],
    ],
  ],
  [
    'temperature',
    [
      [30, 3],
      [35, 3],
      [35.1, 1],
      [36, 1],
      [36.1, 0],
      [38, 0],
      [38.1, 1],
      [39, 1],
      [39.1, 2],
      [42, 2],
    ],
  ],
]
const well = {
  respirationRate: 16,
  spo2: 97,
  breathes: 'air',
  systolic: 120,
  pulse: 70,
  consciousness: 'A',
  temperature: 37,
} as const satisfies News2Inputs

describe('NEWS2', () => {
  it.each(bands.flatMap(([name, edges]) => edges.map(([value, points]) => [name, value, points] as const)))(
    '%s %d gives %d',
    (name, value, points) => {
      expect(news2({ ...well, [name]: value }, 1).points[name]).toBe(points)
      expect(news2({ ...well, [name]: value }, 1).total).toBe(points)
    },
  )

  it.each([
    [83, 3, 3],
    [84, 2, 2],
    [85, 2, 2],
    [86, 1, 1],
    [87, 1, 1],
    [88, 0, 0],
    [92, 0, 0],
    [93, 0, 1],
    [94, 0, 1],
    [95, 0, 2],
    [96, 0, 2],
    [97, 0, 3],
    [100, 0, 3],
  ])('SpO2 %d %% on scale 2 gives %d on air, %d on oxygen', (spo2, onAir, onOxygen) => {
    expect(news2({ ...well, spo2 }, 2).points.spo2).toBe(onAir)
    expect(news2({ ...well, spo2, breathes: 'oxygen' }, 2).points.spo2).toBe(onOxygen)
  })

  it('gives 2 for oxygen, and 3 for anything but alert', () => {
    expect(news2({ ...well, breathes: 'oxygen' }, 1).total).toBe(2)
    for (const consciousness of ['C', 'V', 'P', 'U'] as const)
      expect(news2({ ...well, consciousness }, 1)).toMatchObject({ total: 3, threes: ['consciousness'] })
  })

  it('rounds as the chart is written', () => {
    expect(news2({ ...well, temperature: 38.04 }, 1).total).toBe(0)
    expect(news2({ ...well, temperature: 38.06 }, 1).total).toBe(1)
    expect(news2({ ...well, pulse: 90.4 }, 1).total).toBe(0)
    expect(news2({ ...well, pulse: 90.5 }, 1).total).toBe(1)
  })

  it('has a total only with all seven, and otherwise names what is missing: never more than the total', () => {
    const known = fc.record(
      {
        respirationRate: fc.integer({ min: 0, max: 60 }),
        spo2: fc.integer({ min: 70, max: 100 }),
        breathes: fc.constantFrom('air' as const, 'oxygen' as const),
        systolic: fc.integer({ min: 50, max: 250 }),
        pulse: fc.integer({ min: 30, max: 200 }),
        consciousness: fc.constantFrom('A' as const, 'C' as const, 'V' as const, 'P' as const, 'U' as const),
        temperature: fc.integer({ min: 330, max: 420 }).map((tenths) => tenths / 10),
      },
      { requiredKeys: [...news2InputNames] },
    )
    fc.assert(
      fc.property(
        known,
        fc.subarray([...news2InputNames]),
        fc.constantFrom(1 as const, 2 as const),
        (all, gone, scale) => {
          const whole = news2(all, scale)
          const part = news2(
            Object.fromEntries(Object.entries(all).filter(([name]) => !gone.includes(name as never))),
            scale,
          )
          expect(whole.total).toBe(whole.atLeast)
          expect(part.missing).toEqual(news2InputNames.filter((name) => gone.includes(name)))
          expect(part.total === undefined).toBe(gone.length > 0)
          expect(part.atLeast).toBeLessThanOrEqual(whole.atLeast)
        },
      ),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyFinding, noCause } from '../../edge/alarms/causes.ts'
import { alarmTable } from '../../edge/alarms/table.ts'
import type { AlarmCode } from '../../edge/messages.ts'
import { alarmLogicOf } from './alarmLogics.ts'

const codes: AlarmCode[] = ['ecg-anomaly', 'vitals-anomaly', 'lead-off']
const looks = fc.array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 0, max: 3 })), { maxLength: 150 })

/** Ticks at which alarms begin and end, by the gateway's rule at every window. */
function byRule(code: AlarmCode, scores: readonly [number, number][], threshold: number) {
  const cause = noCause()
  let active = false
  return scores.flatMap(([tick, score]) => {
    const stamp = { source: '', device: '', wearer: '', bootId: 1, tick, sampledAt: tick }
    const finding = { kind: 'finding', ...stamp, code, abnormal: score > threshold, timing: 'stream' } as const
    const { change } = applyFinding(alarmTable[code].rule, cause, finding, active)
    if (change === 'none') return []
    active = change === 'on'
    return [{ tick, change }]
  })
}

describe('alarm logic on scores', () => {
  it.each(codes)('raises and ends %s where the gateway does', (code) => {
    fc.assert(
      fc.property(looks, (steps) => {
        let tick = 0
        const scores = steps.map(([seconds, score]): [number, number] => [(tick += seconds * 1e6), score])
        const watch = alarmLogicOf(code).watch(1)
        const changes = scores.flatMap(([at, score]) => {
          const change = watch.push(at, score)?.change
          return change === undefined ? [] : [{ tick: at, change }]
        })
        expect(changes).toEqual(byRule(code, scores, 1))
      }),
    )
  })

  it.each(codes)('is monotone for %s: what a higher threshold raises lies inside what a lower one raises', (code) => {
    fc.assert(
      fc.property(looks, (steps) => {
        let tick = 0
        const low = alarmLogicOf(code).watch(0)
        const high = alarmLogicOf(code).watch(1)
        let active = false
        for (const [seconds, score] of steps) {
          tick += seconds * 1e6
          const below = low.push(tick, score)
          const change = high.push(tick, score)?.change
          if (below?.change === 'on') active = true
          if (change === 'on') expect(active).toBe(true)
          if (below?.change === 'off') active = false
        }
      }),
    )
  })

  it('says what it is', () => {
    expect(alarmLogicOf('ecg-anomaly').description).toBe(
      'ecg-anomaly: 5 of 12 windows above the threshold, over at 1 of 12',
    )
  })
})

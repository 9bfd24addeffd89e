import { describe, expect, it } from 'vitest'
import type { Flow } from '../flow.ts'
import { axes } from '../stages/motionSeconds.ts'
import { motions, senseMotion } from '../stages/motion.ts'
import { emitted, looks, ofKind, samples, stamp, vital } from '../testing/run.ts'
import { LimitBook } from '../wearerLimits.ts'
import { vitalLimits } from './vitalLimit.ts'

const still = Array.from({ length: 50 }, () => 0.5)
const walking = Array.from({ length: 50 }, (_, i) => 0.5 + 0.3 * Math.sin(i / 4))
const second = (values: number[]): Flow[] => axes.map((axis) => samples(0, axis, values))

function run(items: readonly Flow[]): Flow[] {
  const motion = motions()
  const sense = senseMotion(motion)
  const detector = vitalLimits(new LimitBook([]).of, motion).stage
  return items.flatMap((item) => emitted(sense, [item]).flatMap((passed) => emitted(detector, [passed])))
}

describe('heart rate at rest', () => {
  it('is abnormal above the limit while the accelerometer is still', () => {
    const out = run([...second(still), vital(3, 'heartRate', 131), vital(4, 'heartRate', 130)])
    expect(looks(out, 'heart-rate-high-at-rest')).toEqual([true, false])
  })

  it('is normal while walking', () => {
    const out = run([...second(walking), vital(3, 'heartRate', 165)])
    expect(looks(out, 'heart-rate-high-at-rest')).toEqual([false])
  })

  it('takes the word of another device of the wearer where its own has no accelerometer', () => {
    const patch: Flow = {
      kind: 'vital',
      ...stamp(3, { device: 'd-2' }),
      signal: 'heartRate',
      value: 165,
      from: 'device',
    }
    for (const [moved, activity] of [
      [walking, 'moving'],
      [still, 'rest'],
    ] as const)
      expect(ofKind(run([...second(moved), patch]), 'finding')[0]?.params).toMatchObject({ activity })
  })

  it('without an accelerometer is held against the limit, and says that activity is unknown', () => {
    const [found] = ofKind(run([vital(1, 'heartRate', 165)]), 'finding')
    expect(found).toMatchObject({ abnormal: true, params: { activity: 'unknown', heartRatePerMinute: 165 } })
  })
})

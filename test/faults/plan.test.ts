import { describe, expect, it } from 'vitest'
import { outageKinds, planOf, type Step } from './plan.ts'

/** As `inflict` counts them: to be killed at its start, a gateway is killed twice. */
const killsOf = (step: Step): number =>
  step.kind === 'gateway-killed' ? (step.after === 'start' ? 2 : 1) : step.killAfter === undefined ? 0 : 1

describe('the plan of a campaign', () => {
  it.each([0, 1, 6, 50, 200])('of %i kills has so many, and each kind of outage', (kills) => {
    const plan = planOf(kills, 1, outageKinds)
    expect(plan.reduce((sum, step) => sum + killsOf(step), 0)).toBe(kills)
    expect(new Set(plan.map(({ kind }) => kind).filter((kind) => kind !== 'gateway-killed'))).toEqual(
      new Set(outageKinds),
    )
  })

  it('follows from its seed alone', () => {
    expect(planOf(20, 3, outageKinds)).toEqual(planOf(20, 3, outageKinds))
    expect(planOf(20, 3, outageKinds)).not.toEqual(planOf(20, 4, outageKinds))
  })

  it('leaves out what cannot be done here', () => {
    expect(
      planOf(9, 1, ['broker-bounced']).every(({ kind }) => kind === 'broker-bounced' || kind === 'gateway-killed'),
    ).toBe(true)
  })
})

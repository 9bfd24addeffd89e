import { z } from 'zod'
import { expectableCodeNames } from './alarmCodes.ts'
import { positiveDuration } from './duration.ts'

const alarmType = z.enum(['physiological', 'technical'])

/** An alarm that has to come. */
const expected = z
  .strictObject({
    /** One of `alarmCodes.ts`; several: any one of them will do. Absent: any code. */
    code: z.union([z.enum(expectableCodeNames), z.array(z.enum(expectableCodeNames)).min(1)]).optional(),
    type: alarmType.optional(),
    priority: z.enum(['low', 'medium', 'high']).optional(),
    /** How soon at the latest. */
    within: positiveDuration,
    /** What `within` counts from: the event's beginning, its end, or the moment the link is back. */
    since: z.enum(['begin', 'end', 'link-back']).default('begin'),
    /** It must be announced anew although an earlier alarm of this wearer was acknowledged. */
    announced: z.literal('again').optional(),
    /** The time that the alarm must state is within the event, however late it is raised. */
    at: z.literal('event-time').optional(),
  })
  .transform(({ code, within, ...rest }) => ({
    ...rest,
    codes: code === undefined ? [] : [code].flat(),
    withinSeconds: within,
  }))

/** What a gateway is held against, beside an event, a transport fault or a wearer (then: for the whole run). */
export const expectations = {
  /** `none`: no alarm of any kind begins while it lasts. Absent: nothing is said. */
  expect: z.union([z.literal('none').transform(() => 'none' as const), expected, z.array(expected).min(1)]).optional(),
  /** No alarm of these types begins while it lasts. */
  forbid: z
    .union([alarmType, z.array(alarmType).min(1)])
    .transform((types) => [types].flat())
    .optional(),
}

export type ExpectedAlarm = z.infer<typeof expected>

/** As it stands in the truth. */
export interface Expectation {
  expect?: 'none' | ExpectedAlarm[]
  forbid?: ('physiological' | 'technical')[]
}

/** The same for one expectation and for several; without what was not said. */
export function expectationOf(given: {
  expect?: 'none' | ExpectedAlarm | ExpectedAlarm[] | undefined
  forbid?: ('physiological' | 'technical')[] | undefined
}): Expectation {
  return {
    ...(given.expect === undefined ? {} : { expect: given.expect === 'none' ? given.expect : [given.expect].flat() }),
    ...(given.forbid === undefined ? {} : { forbid: given.forbid }),
  }
}

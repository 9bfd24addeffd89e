import { z } from 'zod'
import type { SimulatedEvent } from '../synthetic/events.ts'
import { eventSchema } from '../synthetic/events.ts'
import type { Expectation } from './expectation.ts'
import { expectationOf, expectations } from './expectation.ts'
import { duration, positiveDuration } from './duration.ts'

/** An event of a scenario: what happens, and what a gateway should make of it. */
export interface ScenarioEvent extends Expectation {
  event: SimulatedEvent
}

const timing = z.looseObject({
  /** After the device's start. */
  at: duration,
  for: positiveDuration,
  /** Happens again with this period. */
  every: positiveDuration.optional(),
  ...expectations,
})

/** What the fields are called in a file. */
const nameInFile: Record<string, string> = { atSeconds: 'at', durationSeconds: 'for', everySeconds: 'every' }

/** `{ kind, at, for, every?, …, expect?, forbid? }`; kinds and their fields are those of `synthetic/events.ts`. */
export const scenarioEvent = timing.transform((given, context): ScenarioEvent => {
  const { at, for: length, every, expect, forbid, ...rest } = given
  const renamed = Object.keys(nameInFile).find((name) => name in rest)
  if (renamed !== undefined) {
    const message = `expected the field "${nameInFile[renamed]}", received "${renamed}"`
    context.issues.push({ code: 'custom', message, input: undefined, path: [renamed] })
    return z.NEVER
  }
  const event = {
    ...rest,
    atSeconds: at,
    durationSeconds: length,
    ...(every === undefined ? {} : { everySeconds: every }),
  }
  const checked = eventSchema.safeParse(event, { reportInput: true })
  if (checked.success) return { event: checked.data, ...expectationOf({ expect, forbid }) }
  for (const issue of checked.error.issues) {
    const path = issue.path.map((key) => nameInFile[String(key)] ?? key)
    const message = issue.message.replace(/\b(at|duration|every)Seconds\b/g, (name) => nameInFile[name] ?? name)
    context.issues.push({ code: 'custom', message, input: issue.input, path })
  }
  return z.NEVER
})

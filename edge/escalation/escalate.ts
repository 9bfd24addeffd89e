import { z } from 'zod'
import { amend, openAlarms, type WearerAlarms } from '../alarms/wearerAlarms.ts'
import type { Stage } from '../flow.ts'
import { priorities, type Alarm } from '../messages.ts'
import type { KeyedState } from '../state/keyedState.ts'
import { isoOf, microsOf } from '../time.ts'

/** Further people, in order: the first step is level 1. */
export const escalationSchema = z
  .array(
    z.strictObject({
      /** Unacknowledged for so long since it was last announced. */
      afterSeconds: z.number().min(1).max(86_400),
      priorities: z.array(z.enum(priorities)).min(1).default(['high', 'medium']),
    }),
  )
  .max(10)
  .refine((steps) => steps.every((step, i) => i === 0 || step.afterSeconds > steps[i - 1]!.afterSeconds), {
    error: 'steps in order, each with more afterSeconds than the one before',
  })
  .default([])
export type EscalationSteps = z.infer<typeof escalationSchema>

/** Still to be answered by somebody, whether or not its cause is over. */
const unanswered: ReadonlySet<Alarm['state']> = new Set(['active-unacknowledged', 'returned-unacknowledged'])

/**
 * Passes alarms on while nobody acknowledges them: a step further is a revision with a higher `escalation.level`, which reaches the
 * destinations of that level. By the wall clock since something was last announced; a pause of the audio holds it up, and
 * what was reached is never taken back. It survives a restart with the alarm.
 */
export function escalate(states: KeyedState<WearerAlarms>, steps: EscalationSteps): Stage {
  return (item, emit) => {
    emit(item)
    if (item.kind !== 'tick' || steps.length === 0) return
    for (const alarm of openAlarms(states)) {
      if (!unanswered.has(alarm.state)) continue
      const level = levelOf(alarm, steps, item.now)
      if (level <= (alarm.escalation?.level ?? 0)) continue
      const next = amend(states, alarm, { escalation: { level, at: isoOf(item.now) } })
      if (next !== undefined) emit({ kind: 'alarm', alarm: next })
    }
  }
}

function levelOf({ announced, at, priority, audioPaused }: Alarm, steps: EscalationSteps, now: number): number {
  const since = microsOf(announced?.at ?? at)
  const pausedUntil = audioPaused === undefined ? -Infinity : microsOf(audioPaused.until)
  if (now < pausedUntil) return 0
  const waited = (now - since) / 1e6
  return steps.findLastIndex((step) => waited >= step.afterSeconds && step.priorities.includes(priority)) + 1
}

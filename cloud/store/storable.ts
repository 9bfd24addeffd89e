import { z } from 'zod'
import { alarmSchema, RefusedForGood, summarySchema } from '../../edge/messages.ts'
import type { Stored } from '../../edge/messages.ts'
import { nanosecondsPerMillisecond, ordinal } from './ordinal.ts'

const storedSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('alarm'), alarm: alarmSchema }),
  z.object({ kind: z.literal('summary'), summary: summarySchema }),
])

/** What InfluxDB takes as nanoseconds since the epoch: 64 bits, of which it keeps some of the outermost for itself. */
const earliest = -(2n ** 63n) + 2n
const latest = 2n ** 63n - 2n

/**
 * Makes sure that every item can be stored, before any is: one that cannot would hold up those behind it for ever.
 *
 * @throws RefusedForGood naming what is wrong with the first that cannot; by type and place, without its values
 */
export function expectStorable(items: readonly Stored[]): void {
  for (const item of items) {
    const checked = storedSchema.safeParse(item)
    if (!checked.success) {
      const issue = checked.error.issues[0]
      throw new RefusedForGood(`${issue?.path.join('.') || 'item'}: ${issue?.message ?? 'refused'}`)
    }
    const { at } = item.kind === 'alarm' ? item.alarm : item.summary
    const nanoseconds =
      item.kind === 'alarm' ? ordinal(at, item.alarm.id) : BigInt(Date.parse(at)) * nanosecondsPerMillisecond
    if (nanoseconds < earliest || nanoseconds > latest) {
      const year = at.slice(0, 4)
      throw new RefusedForGood(
        `${item.kind}.at: expected a time from 1677-09-21 to 2262-04-11, received one in ${year}`,
      )
    }
  }
}

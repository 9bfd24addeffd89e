import type { z } from 'zod'
import { alarmSchema, summarySchema } from '../../edge/messages.ts'
import type { Alarm, Summary } from '../../edge/messages.ts'
import type { AlarmPage } from './store.ts'

/** Turns stored JSON back into messages. What cannot be read is counted and left out: one bad row must not hide the rest. */
export class RowReader {
  unreadable = 0

  alarm(json: unknown): Alarm | undefined {
    return this.read(alarmSchema, json)
  }

  summary(json: unknown): Summary | undefined {
    return this.read(summarySchema, json)
  }

  private read<T>(schema: z.ZodType<T>, json: unknown): T | undefined {
    try {
      const result = schema.safeParse(JSON.parse(String(json)))
      if (result.success) return result.data
    } catch {
      // Counted below, like a row that parses and does not fit.
    }
    this.unreadable += 1
    return undefined
  }
}

/** Makes a page of rows read with one more than the limit: that one only says that there is more. */
export function toPage(
  rows: readonly { json: unknown; ordinal: string }[],
  limit: number,
  reader: RowReader,
): AlarmPage {
  const page = rows.slice(0, limit)
  const alarms = page.flatMap((row) => reader.alarm(row.json) ?? [])
  const last = page.at(-1)
  return rows.length > limit && last ? { alarms, next: last.ordinal } : { alarms }
}

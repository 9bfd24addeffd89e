import { expect, it } from 'vitest'
import type { Stored } from '../edge/messages.ts'
import { anAlarm } from './testing/samples.ts'
import { UnsavedAlarms } from './unsavedAlarms.ts'

it('lets one save wait behind the one that runs, however often it is asked', async () => {
  const batches: (readonly Stored[])[] = []
  let confirm = () => undefined as void
  const write = (items: readonly Stored[]) => {
    batches.push(items)
    return new Promise<void>((resolve) => (confirm = resolve))
  }
  const unsaved = new UnsavedAlarms({ name: 'slow', write, stop: () => Promise.resolve() })
  unsaved.put(anAlarm({ id: 'a' }))
  const first = unsaved.save()
  await Promise.resolve()
  unsaved.put(anAlarm({ id: 'b' }))
  const later = Array.from({ length: 100 }, () => unsaved.save())
  expect(new Set(later).size).toBe(1)
  confirm()
  await first
  await expect.poll(() => batches.length).toBe(2)
  expect(batches[1]?.map((item) => item.kind === 'alarm' && item.alarm.id)).toEqual(['b'])
  confirm()
  await Promise.all(later)
  expect([unsaved.has('a'), unsaved.has('b'), batches.length]).toEqual([false, false, 2])
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mergeDevices } from './mergeDevices.ts'
import type { DeviceRecord } from './sendRecords.ts'
import type { TimedRecord } from './timedRecord.ts'

const at = (atMicros: number, sequence: number): TimedRecord => ({
  atMicros,
  record: { kind: 'event', code: 'button', tick: atMicros, sequence, bootId: 0 },
})

test('several devices become one stream in order of time, each in its own order, nothing lost', () => {
  const device = fc
    .array(fc.integer({ min: 0, max: 20 }), { maxLength: 12 })
    .map((times) => times.sort((a, b) => a - b))
  fc.assert(
    fc.property(fc.array(device, { maxLength: 9 }), (devices) => {
      const given = devices.map((times, i) =>
        times.map((time, n): DeviceRecord => ({ device: `d${i}`, ...at(time, n) })),
      )
      const merged = [...mergeDevices<DeviceRecord>(given)]
      const order = merged.map(({ atMicros }) => atMicros)
      expect(order).toEqual(order.toSorted((a, b) => a - b))
      for (const [i, times] of devices.entries()) {
        const own = merged.filter((record) => record.device === `d${i}`)
        expect(own.map(({ record }) => record.sequence)).toEqual(times.map((_, n) => n))
      }
      // Records of one moment come in the order of the devices.
      const places = merged.map(({ atMicros, device: name }) => atMicros * 100 + Number(name.slice(1)))
      expect(places).toEqual(places.toSorted((a, b) => a - b))
    }),
  )
})

test('a device is not asked for more than is taken', () => {
  let made = 0
  const endless = function* () {
    for (;;) yield at(made++, 0)
  }
  const merged = mergeDevices([endless()])
  for (let i = 0; i < 5; i++) merged.next()
  expect(made).toBeLessThanOrEqual(6)
})

import { expect, it } from 'vitest'
import { bleBattery } from './battery.ts'

const decode = (...bytes: number[]) => bleBattery()(Uint8Array.from(bytes))

it.each([0, 1, 95, 100])('reads %i percent', (percent) => {
  expect(decode(percent)).toEqual([{ kind: 'event', code: 'battery', value: percent }])
})

it.each([101, 255])('refuses %i percent', (percent) => {
  expect(decode(percent)).toMatchObject([
    { reason: 'out-of-range', detail: `ble-battery: expected 0 to 100 percent, received ${percent}` },
  ])
})

it('refuses more than a byte', () => {
  expect(decode(50, 0)).toMatchObject([{ reason: 'bad-length', detail: 'ble-battery: expected 1 byte, received 2' }])
})

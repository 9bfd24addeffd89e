import { describe, expect, it } from 'vitest'
import { epoch } from './testing/run.ts'
import { DeviceAvailability } from './availability.ts'

const at = (seconds: number): number => epoch + seconds * 1e6
const heard = (...seconds: number[]) =>
  seconds.map((second, i) => [`d-${i}`, { lastHeardAt: second === 0 ? 0 : at(second) }] as const)

describe('availability of devices', () => {
  it('is told when it changes and not again, of none that was never heard', () => {
    const availability = new DeviceAvailability('gw', 10)
    const look = (now: number, ...seconds: number[]) =>
      availability.look(heard(...seconds), at(now)).map(({ device, state }) => [device, state])
    expect(look(5, 5, 0, 4)).toEqual([
      ['d-0', 'online'],
      ['d-2', 'online'],
    ])
    expect(look(14, 5, 0, 4)).toEqual([])
    expect(look(15, 5, 0, 15)).toEqual([])
    expect(look(16, 5, 0, 15)).toEqual([['d-0', 'offline']])
    expect(look(17, 17, 0, 15)).toEqual([['d-0', 'online']])
    availability.forget()
    expect(look(18, 17, 0, 15)).toEqual([
      ['d-0', 'online'],
      ['d-2', 'online'],
    ])
  })
})

import { Subject } from 'rxjs'
import { expect, it } from 'vitest'
import type { Input, Tick } from '../flow.ts'
import { tickWhenSet } from './tickWhenSet.ts'

const epoch = Date.UTC(2026, 0, 1) * 1e3
const tick = (second: number, ahead = 0): Tick => ({
  kind: 'tick',
  now: epoch + (second + ahead) * 1e6,
  steadyMicros: second * 1e6,
})
const arrival = (receivedAt: number): Input => ({ kind: 'arrival', source: 's', device: 'd', receivedAt, records: [] })

function running() {
  let now = tick(0)
  const out: Input[] = []
  const inputs = new Subject<Input>()
  inputs.pipe(tickWhenSet(() => now)).subscribe((item) => out.push(item))
  return {
    /** Hands over an item at that moment; what comes out of it. */
    at: (moment: Tick, item: Input = moment): Input[] => {
      now = moment
      inputs.next(item)
      return out.splice(0)
    },
  }
}

it('passes everything on as it is while nobody sets the clock', () => {
  const { at } = running()
  for (let s = 0; s < 30; s++) {
    expect(at(tick(s))).toEqual([tick(s)])
    const came = arrival(epoch + s * 1e6)
    expect(at(tick(s + 0.4, s * 0.001), came)).toEqual([came])
  }
})

it('lets a tick go before the first arrival by the new clock, once, forward and back', () => {
  for (const by of [3600, -3600, 3]) {
    const { at } = running()
    at(tick(0))
    at(tick(1))
    const came = arrival(epoch + (1.5 + by) * 1e6)
    expect(at(tick(1.5, by), came)).toEqual([tick(1.5, by), came])
    expect(at(tick(1.6, by), came)).toEqual([came])
    expect(at(tick(2, by))).toEqual([tick(2, by)])
    expect(at(tick(2.1, by), came)).toEqual([came])
  }
})

it('gives what was received by the old clock its time by the new one', () => {
  const { at } = running()
  at(tick(0))
  at(tick(1))
  expect(at(tick(1.5, 3600), arrival(epoch + 1.4e6))).toEqual([tick(1.5, 3600), arrival(epoch + 3601.4e6)])
  expect(at(tick(1.6, 3600), arrival(epoch + 3601.6e6))).toEqual([arrival(epoch + 3601.6e6)])
  // Much later nothing of the kind is under way.
  expect(at(tick(60, 3600), arrival(epoch + 1.4e6))).toEqual([arrival(epoch + 1.4e6)])
})

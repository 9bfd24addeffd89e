import { Observable, type OperatorFunction } from 'rxjs'
import type { Input, Tick } from '../flow.ts'
import { clockSet } from './clockSet.ts'

/** So long after a step there may still come what was received before it, µs. */
const underWayMicros = 10_000_000

/**
 * Whoever looks at the gateway's clock once a second would take what arrives just after a step for late, or for early: so a tick goes
 * before the first arrival of the new clock. What was received by the old one is given its time by the new.
 *
 * @param look both of the gateway's clocks now
 */
export function tickWhenSet(look: () => Tick): OperatorFunction<Input, Input> {
  return (inputs) =>
    new Observable((subscriber) => {
      const setBy = clockSet()
      let step = { by: 0, at: -Infinity }
      return inputs.subscribe({
        next(item) {
          if (item.kind !== 'tick' && item.kind !== 'arrival') return subscriber.next(item)
          const now = item.kind === 'tick' ? item : look()
          const steady = now.steadyMicros ?? 0
          const by = setBy(now)
          if (by !== 0) step = { by, at: steady }
          if (item.kind === 'tick') return subscriber.next(item)
          if (by !== 0) subscriber.next(now)
          const isOld =
            steady - step.at < underWayMicros &&
            Math.abs(item.receivedAt + step.by - now.now) < Math.abs(item.receivedAt - now.now)
          subscriber.next(isOld ? { ...item, receivedAt: item.receivedAt + step.by } : item)
        },
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      })
    })
}

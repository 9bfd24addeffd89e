import { z } from 'zod'
import type { Finding } from '../flow.ts'
import { gatewayFinding } from '../gatewayFinding.ts'

/** When a gateway whose alarms reach nobody says so. */
export const nobodyListeningSchema = z
  .strictObject({
    alarm: z.enum(['on', 'off']).default('on'),
    afterSeconds: z.number().min(1).max(3600).default(60),
  })
  .prefault({})

/**
 * Says when for so long nobody was there whom an alarm would reach, and when somebody is again. Until it knows either, as after a
 * start, it says nothing: what stood before still stands.
 *
 * @param monotonic ms that no setting of the clock changes
 * @returns looks at who listens; call it about once a second with the wall clock (µs)
 */
export function watchListeners(
  afterSeconds: number,
  monotonic: () => number,
): (listeners: number, now: number) => Finding[] {
  let since = monotonic()
  return (listeners, now) => {
    const at = monotonic()
    if (listeners > 0) {
      since = at
      return [gatewayFinding(now, { code: 'nobody-listening', abnormal: false })]
    }
    if (at - since < afterSeconds * 1000) return []
    const onset = now - Math.round((at - since) * 1000)
    return [gatewayFinding(onset, { code: 'nobody-listening', abnormal: true, params: { afterSeconds } })]
  }
}

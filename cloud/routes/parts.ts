import { z } from 'zod'
import { identifier } from '../../edge/messages.ts'
import type { Live } from '../live.ts'
import { Problem } from '../problem.ts'
import type { Wall } from '../wall.ts'

/** The person, as they name themselves. */
export const byWhom = z.string().trim().min(1).max(100)
/** A reason in a person's words. */
export const text = z.string().trim().min(1).max(1000)
export const instant = z.iso.datetime({ offset: true })
export const instantMillis = z.iso.datetime({ precision: 3 })
export const ofIdentifier = z.object({ id: identifier })

/**
 * The gateway that a change is meant for: the one of the wearer, the one that was named, or the only one.
 *
 * @throws Problem 404 unknown wearer or gateway, 400 where none of these is one gateway
 */
export function gatewayFor(
  wall: Pick<Wall, 'wearers'>,
  live: Pick<Live, 'gateways'>,
  wearer: string | undefined,
  named?: string,
): string {
  if (wearer !== undefined) {
    const view = wall.wearers().find(({ id }) => id === wearer)
    if (view === undefined) throw new Problem(404, 'not-found', `wearer: expected a known id, received "${wearer}"`)
    return named ?? view.gateway
  }
  const ids = [...live.gateways.keys()]
  if (named !== undefined && !ids.includes(named))
    throw new Problem(404, 'not-found', `gateway: expected a known id, received "${named}"`)
  const [only] = named !== undefined ? [named] : ids.length === 1 ? ids : []
  if (only !== undefined) return only
  throw new Problem(400, 'invalid', `body.gateway: expected one of ${ids.join(', ')}, received nothing`)
}

import type { Alarm, Assignment, DeviceStatus, Response } from '../edge/messages.ts'
import { GatewayUnreachable } from './live.ts'
import type { Live, RequestBody } from './live.ts'
import { Problem } from './problem.ts'

/** More than any evidence has, bytes. */
const mostEvidenceBytes = 64 * 1024 * 1024

/** Devices and assignments of every gateway that answered, and those that did not. */
export interface Devices {
  devices: (DeviceStatus & { gateway: string })[]
  assignments: (Assignment & { gateway: string })[]
  unanswered: string[]
}

/** Asks every gateway that is not known to be offline for its devices. */
export async function listDevices(live: Live): Promise<Devices> {
  const asked = [...live.gateways.values()].filter(({ state }) => state === 'online').map(({ id }) => id)
  const result: Devices = { devices: [], assignments: [], unanswered: [] }
  result.unanswered.push(...[...live.gateways.keys()].filter((id) => !asked.includes(id)))
  await Promise.all(
    asked.map(async (gateway) => {
      try {
        const response = await ask(live, gateway, { action: 'list-devices' })
        result.devices.push(...(response.devices ?? []).map((device) => ({ ...device, gateway })))
        result.assignments.push(...(response.assignments ?? []).map((assignment) => ({ ...assignment, gateway })))
      } catch (error) {
        if (!(error instanceof GatewayUnreachable) && !(error instanceof Problem)) throw error
        result.unanswered.push(gateway)
      }
    }),
  )
  return result
}

/**
 * Sends a request to a gateway and gives its positive answer.
 *
 * @throws Problem 404, 400 or 502 with what the gateway said
 * @throws GatewayUnreachable where it did not answer
 */
export async function ask(live: Live, gateway: string, body: RequestBody): Promise<Response & { ok: true }> {
  const response = await live.request(gateway, body)
  if (response.ok) return response
  const status = { 'not-found': 404, invalid: 400, failed: 502 }[response.error]
  throw new Problem(status, response.error, `gateway "${gateway}": ${response.detail}`)
}

/**
 * A file of evidence of an alarm (the first, or `file`), part by part from the gateway that raised it.
 *
 * @throws Problem 404 no evidence of it, 502 what the gateway sent does not fit together
 * @throws GatewayUnreachable where it did not answer
 */
export async function evidenceOf(
  live: Live,
  { id, gateway }: Pick<Alarm, 'id' | 'gateway'>,
  file?: string,
): Promise<Buffer> {
  const body = { action: 'get-evidence', alarm: id, ...(file !== undefined && { file }) } as const
  const parts: Buffer[] = []
  for (let offset = 0; ;) {
    const { evidence } = await ask(live, gateway, { ...body, offset })
    const part = Buffer.from(evidence?.base64 ?? '', 'base64')
    parts.push(part)
    offset += part.length
    if (offset === evidence?.totalBytes) return Buffer.concat(parts)
    if (part.length === 0 || offset > mostEvidenceBytes)
      throw new Problem(502, 'failed', `gateway "${gateway}": expected evidence to its end, received ${offset} bytes`)
  }
}

/**
 * The gateway to which a change of a device belongs: the one that was named, the only one, or the one that hears it.
 *
 * @throws Problem 400 where none of these is one gateway
 */
export async function gatewayOf(live: Live, device: string, named: string | undefined): Promise<string> {
  if (named !== undefined) return named
  const ids = [...live.gateways.keys()]
  if (ids.length === 1) return ids[0]!
  const { devices } = await listDevices(live)
  const hearing = new Set(devices.filter(({ id }) => id === device).map(({ gateway }) => gateway))
  if (hearing.size === 1) return [...hearing][0]!
  throw new Problem(
    400,
    'invalid',
    `body.gateway: expected one of ${ids.join(', ') || '(no gateway is known)'}, as ${hearing.size} of them hear ` +
      `device "${device}"; received nothing`,
  )
}

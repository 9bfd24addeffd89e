import type { Asked, Stage } from '../flow.ts'
import { schemaVersion, type DeviceStatus, type Response } from '../messages.ts'
import type { KeyedState } from '../state/keyedState.ts'
import { isoOf, microsOf } from '../time.ts'
import type { LimitBook } from '../wearerLimits.ts'
import type { Timeline } from './clock.ts'
import type { DeviceCounts } from './sequence.ts'
import type { AssignmentBook } from './wearers.ts'

/** Devices that may be named in assignments. */
const mostDevices = 10_000

const ours: ReadonlySet<Asked['request']['action']> = new Set(['assign', 'release', 'list-devices', 'set-limits'])

/** Requests about devices, who wears them and what limits hold for whom; what is about alarms and observations passes on to those they concern. */
export function answerRequests(
  gateway: string,
  book: AssignmentBook,
  devices: KeyedState<DeviceCounts>,
  limits: LimitBook,
  timelines?: KeyedState<Timeline>,
): Stage {
  return (item, emit) => {
    if (item.kind !== 'request') return emit(item)
    const { request } = item
    // Passed on to the score, which would keep what it is told of anybody.
    const isOurs = request.action === 'observe' ? !book.wearers().includes(request.wearer) : ours.has(request.action)
    if (!isOurs) return emit(item)
    const before = new Map(book.devices().map((device) => [device, book.wearerOf(device, microsOf(item.at))]))
    const response = answer(gateway, item, book, devices, limits, timelines)
    for (const [device, wearer] of before)
      if (wearer !== undefined && wearer !== book.wearerOf(device, microsOf(item.at)))
        emit({ kind: 'handover', device, wearer, at: item.at })
    emit({ kind: 'answer', respond: item.respond, response })
  }
}

function answer(
  gateway: string,
  { request, at }: Asked,
  book: AssignmentBook,
  devices: KeyedState<DeviceCounts>,
  limits: LimitBook,
  timelines: KeyedState<Timeline> | undefined,
): Response {
  const { requestId } = request
  const known = (device: string): boolean => devices.peek(device) !== undefined || book.devices().includes(device)
  switch (request.action) {
    case 'assign':
      if (book.devices().length >= mostDevices && !known(request.assignment.device))
        return {
          schemaVersion,
          requestId,
          ok: false,
          error: 'failed',
          detail: `expected at most ${mostDevices} devices`,
        }
      book.assign(request.assignment, at)
      break
    case 'release':
      if (!known(request.device))
        return {
          schemaVersion,
          requestId,
          ok: false,
          error: 'not-found',
          detail: `no device "${request.device}" at gateway ${gateway}`,
        }
      book.release(request.device, request.at ?? at)
      break
    case 'observe':
    case 'set-limits': {
      if (request.action === 'observe' || !book.wearers().includes(request.wearer))
        return {
          schemaVersion,
          requestId,
          ok: false,
          error: 'not-found',
          detail: `no wearer "${request.wearer}" at gateway ${gateway}`,
        }
      const problem = limits.change(request, at)
      if (problem !== undefined) return { schemaVersion, requestId, ok: false, error: 'invalid', detail: problem }
      return { schemaVersion, requestId, ok: true }
    }
    case 'list-devices':
    case 'acknowledge':
    case 'get-evidence':
    case 'pause-audio':
    case 'shelve':
    case 'unshelve':
    case 'out-of-service':
    case 'in-service':
  }
  return {
    schemaVersion,
    requestId,
    ok: true,
    devices: deviceList(book, devices, microsOf(at), timelines),
    assignments: book.list(),
  }
}

/** Every device that was ever heard, with the wearer it is assigned to at `at` (µs since the epoch). */
export function deviceList(
  book: AssignmentBook,
  devices: KeyedState<DeviceCounts>,
  at: number,
  timelines?: KeyedState<Timeline>,
): DeviceStatus[] {
  return [...devices.entries()].map(([id, counts]) => {
    const wearer = book.wearerOf(id, at)
    const { source, records, lostFrames, duplicates, batteryPercent } = counts
    const clock = timelines?.peek(id)?.quality
    return {
      id,
      source,
      lastHeardAt: isoOf(counts.lastHeardAt),
      records,
      lostFrames,
      duplicates,
      ...(wearer !== undefined && { wearer }),
      ...(batteryPercent !== undefined && { batteryPercent }),
      ...(clock !== undefined && { clock }),
    }
  })
}

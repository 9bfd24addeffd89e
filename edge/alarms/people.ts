import { type Alarm, type Request } from '../messages.ts'
import { isoOf, microsOf } from '../time.ts'
import { outOfService } from './outOfService.ts'
import { revise, type Machine } from './revise.ts'
import { keep, type WearerAlarms } from './wearerAlarms.ts'

type Of<A extends Request['action']> = Extract<Request, { action: A }>
export type AlarmRequest = Of<'acknowledge' | 'pause-audio' | 'shelve' | 'unshelve' | 'out-of-service' | 'in-service'>

/** What a request came to: what changed, and the alarm that it was about; or that there is no such thing. */
export type Outcome = { changed: Alarm[]; alarm?: Alarm } | { notFound: string }

/** Whom a gateway knows, so that no request makes it remember a name that nobody bears. */
export interface Known {
  wearer: (id: string) => boolean
  device: (id: string) => boolean
}

/** Acknowledgements of one alarm that are kept: the first, and the last ones. */
const keptAcknowledgements = 20

/** Carries out what a person asks of the alarms. @param at when it was asked, ISO 8601 UTC */
export function answer(machine: Machine, known: Known, request: AlarmRequest, at: string): Outcome {
  if (request.action === 'acknowledge') return acknowledge(machine, request, at)
  const { wearer } = request
  const device = 'device' in request ? request.device : undefined
  if (wearer !== undefined && !known.wearer(wearer))
    return { notFound: `no wearer "${wearer}" at gateway ${machine.gateway}` }
  if (device !== undefined && !known.device(device))
    return { notFound: `no device "${device}" at gateway ${machine.gateway}` }
  switch (request.action) {
    case 'pause-audio':
      return { changed: pauseAudio(machine, request, at) }
    case 'shelve': {
      const { code, by, why, seconds } = request
      const state = machine.states.of(wearer ?? '')
      const until = isoOf(microsOf(at) + seconds * 1e6)
      state.shelves = { ...state.shelves, [code]: { by, why, at, until } }
      return { changed: reviseOpen(machine, state, at) }
    }
    case 'unshelve': {
      const state = machine.states.of(wearer ?? '')
      delete state.shelves?.[request.code]
      return { changed: reviseOpen(machine, state, at) }
    }
    case 'out-of-service':
    case 'in-service': {
      const kind = device === undefined ? 'wearer' : 'device'
      const service = machine.services.of(`${kind}/${device ?? wearer}`)
      delete service.by
      delete service.why
      delete service.at
      if (request.action === 'out-of-service') Object.assign(service, { by: request.by, why: request.why, at })
      const concerned = [...machine.states.entries()].filter(([id]) => device !== undefined || id === wearer)
      return { changed: concerned.flatMap(([id]) => reviseOpen(machine, machine.states.of(id), at)) }
    }
  }
}

/** Shelves whose time is over, or was set back: what lies on them comes back by itself. @param now ISO 8601 UTC */
export function emptyShelves(machine: Machine, now: string): Alarm[] {
  const changed: Alarm[] = []
  for (const [wearer, { shelves }] of machine.states.entries()) {
    if (shelves === undefined) continue
    const over = Object.entries(shelves).filter(([, { at, until }]) => now >= until || now < at)
    if (over.length === 0) continue
    const state = machine.states.of(wearer)
    for (const [code] of over) delete state.shelves?.[code as Alarm['code']]
    if (Object.keys(shelves).length === 0) delete state.shelves
    changed.push(...reviseOpen(machine, state, now))
  }
  return changed
}

/** Why somebody is not watched although everything works; undefined: they are in service. */
export function outOfServiceText({ services }: Pick<Machine, 'services'>, wearer: string): string | undefined {
  const service = outOfService(services, 'wearer', wearer)
  return service && `out of service: ${service.why} (${service.by})`
}

/** What stands, as the table in force has it: it may be another than when it was raised. @param at ISO 8601 UTC */
export function applyTable(machine: Machine, at: string): Alarm[] {
  return [...machine.states.entries()].flatMap(([wearer, { alarms }]) => {
    if (!Object.values(alarms).some(({ state }) => state !== 'normal')) return []
    const state = machine.states.of(wearer)
    for (const alarm of Object.values(state.alarms))
      if (alarm.suppressedBy !== undefined && machine.table[alarm.suppressedBy].outOfService !== undefined)
        delete alarm.suppressedBy
    return reviseOpen(machine, state, at)
  })
}

function reviseOpen(machine: Machine, state: WearerAlarms, at: string): Alarm[] {
  const open = Object.values(state.alarms).filter((alarm) => alarm.state !== 'normal')
  return open.flatMap((alarm) => revise(machine, state, alarm, at))
}

function pauseAudio({ states }: Machine, { wearer, seconds, by }: Of<'pause-audio'>, at: string): Alarm[] {
  const until = isoOf(microsOf(at) + seconds * 1e6)
  return [...states.entries()].flatMap(([id, { alarms }]) => {
    if (wearer !== undefined && id !== wearer) return []
    const heard = Object.values(alarms).filter(({ state }) => state === 'active-unacknowledged')
    return heard.map((alarm) =>
      keep(states.of(id), { ...alarm, audioPaused: { by, at, until }, revision: alarm.revision + 1 }),
    )
  })
}

/**
 * The first acknowledgement of what was announced last counts, the others are kept beside it. One that was given before
 * that, by somebody who cannot have seen it, is only kept.
 */
function acknowledge(machine: Machine, request: Of<'acknowledge'>, arrivedAt: string): Outcome {
  const { alarm: id, by, comment, revision } = request
  for (const [wearer, { alarms }] of machine.states.entries()) {
    // Ids come from outside: `constructor` is no alarm.
    const alarm = Object.hasOwn(alarms, id) ? alarms[id] : undefined
    if (alarm === undefined) continue
    const at = request.at !== undefined && request.at < arrivedAt ? request.at : arrivedAt
    const given = { by, at, ...(comment !== undefined && { comment }) }
    const earlier = alarm.acknowledgements ?? (alarm.acknowledged ? [alarm.acknowledged] : [])
    if (earlier.some((other) => other.by === by && other.at === at)) return { changed: [], alarm }
    const all = [...earlier, given].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    if (all.length > keptAcknowledgements) all.splice(1, 1)
    const next: Alarm = { ...alarm, acknowledgements: all }
    const { announced, acknowledged } = alarm
    const hasSeen =
      revision !== undefined
        ? revision >= (announced?.revision ?? 0)
        : request.at === undefined || at >= (announced?.at ?? '')
    if (hasSeen && (acknowledged === undefined || at < acknowledged.at)) next.acknowledged = given
    const changed = revise(machine, machine.states.of(wearer), next, arrivedAt)
    return { changed, alarm: changed[0] ?? alarm }
  }
  return { notFound: `no open alarm "${id}" at gateway ${machine.gateway}` }
}

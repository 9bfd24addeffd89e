import type { Asked, Stage } from '../flow.ts'
import { schemaVersion, type Alarm } from '../messages.ts'
import type { KeyedState } from '../state/keyedState.ts'
import { isoOf } from '../time.ts'
import { outOfServiceStates } from './outOfService.ts'
import { answer, applyTable, emptyShelves, type AlarmRequest, type Known } from './people.ts'
import { endCausesOf, takeFinding } from './raise.ts'
import type { Machine } from './revise.ts'
import { alarmTable } from './table.ts'
import { settleOldest, type WearerAlarms } from './wearerAlarms.ts'

export { openAlarms, wearerAlarms, type WearerAlarms } from './wearerAlarms.ts'

export interface AlarmOptions extends Partial<Pick<Machine, 'table' | 'services'>> {
  /** Whether what a device says now had waited somewhere; absent: never. */
  isPast?: (device: string) => boolean
  /** Absent: everybody is known. */
  known?: Known
}

const actions: ReadonlySet<Asked['request']['action']> = new Set<AlarmRequest['action']>([
  'acknowledge',
  'pause-audio',
  'shelve',
  'unshelve',
  'out-of-service',
  'in-service',
])

/**
 * The one state machine for physiological and technical alarms: findings raise and end them, people answer them. Each
 * change is an alarm message with a higher revision. What samples tell of the wearer that had waited somewhere (`isPast`)
 * is a past event, at its own time and never as if it were now; where it goes on until now, the alarm itself follows.
 */
export function raiseAlarms(
  gateway: string,
  states: KeyedState<WearerAlarms>,
  { table = alarmTable, services = outOfServiceStates(), isPast = () => false, known = everybody }: AlarmOptions = {},
): Stage {
  const machine: Machine = { gateway, table, states, services }
  let tableApplied = false
  return (item, emit) => {
    const tell = (alarms: readonly Alarm[]): void => {
      for (const alarm of alarms) emit({ kind: 'alarm', alarm })
    }
    switch (item.kind) {
      case 'finding': {
        emit(item)
        const alarms = takeFinding(machine, item, item.past === true || isPast(item.device))
        tell(alarms)
        if (alarms.length > 0) tell(settleOldest(states.of(item.wearer), isoOf(item.sampledAt)))
        return
      }
      case 'handover':
        tell(endCausesOf(machine, item.wearer, item.device, item.at))
        return emit(item)
      case 'tick': {
        const at = isoOf(Math.min(item.now, latestMicros))
        if (!tableApplied) tell(applyTable(machine, at))
        tableApplied = true
        tell(emptyShelves(machine, at))
        return emit(item)
      }
      case 'request': {
        if (!isOurs(item)) return emit(item)
        const { requestId } = item.request
        const outcome = answer(machine, known, item.request, item.at)
        const base = { schemaVersion, requestId } as const
        if ('notFound' in outcome) {
          const response = { ...base, ok: false, error: 'not-found', detail: outcome.notFound } as const
          return emit({ kind: 'answer', respond: item.respond, response })
        }
        const { changed, alarm } = outcome
        tell(changed)
        const about = alarm === undefined ? { alarms: changed } : { alarm }
        return emit({ kind: 'answer', respond: item.respond, response: { ...base, ok: true, ...about } })
      }
      default:
        emit(item)
    }
  }
}

/** The end of the calendar that ISO 8601 writes with four digits. */
const latestMicros = Date.UTC(9999, 11, 31) * 1000
const everybody: Known = { wearer: () => true, device: () => true }

function isOurs(item: Asked): item is Asked & { request: AlarmRequest } {
  return actions.has(item.request.action)
}

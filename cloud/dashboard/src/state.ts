import type { Alarm } from '../../../edge/messages.ts'
import type { GatewayView, Snapshot, WallChange, WearerView } from '../../view.ts'
import { addSummary } from './trends.ts'

/** What the page shows. Replaced as a whole at each change; its parts are kept where they are the same. */
export interface State {
  wearers: ReadonlyMap<string, WearerView>
  alarms: ReadonlyMap<string, Alarm>
  gateways: ReadonlyMap<string, GatewayView>
  brokerIsConnected: boolean
  incomplete: string | undefined
  /** Whether whoever looks may answer alarms and note what they see; the server holds to it whatever the page shows. */
  mayAnswer: boolean
  /** The server's clock minus ours, in ms. */
  clockOffset: number
}

/** Alarms that are over beyond this many leave the page, the oldest first. */
const mostOver = 200

export function fromSnapshot(snapshot: Snapshot): State {
  return {
    wearers: new Map(snapshot.wearers.map((wearer) => [wearer.id, wearer])),
    alarms: new Map(snapshot.alarms.map((alarm) => [alarm.id, alarm])),
    gateways: new Map(snapshot.gateways.map((gateway) => [gateway.id, gateway])),
    brokerIsConnected: snapshot.broker.connected,
    incomplete: snapshot.incomplete,
    mayAnswer: snapshot.role !== 'viewer',
    clockOffset: Date.parse(snapshot.at) - Date.now(),
  }
}

export function apply(state: State, change: WallChange): State {
  switch (change.event) {
    case 'alarm':
      return { ...state, alarms: putAlarm(state.alarms, change.data) }
    case 'wearer':
      return { ...state, wearers: new Map(state.wearers).set(change.data.id, change.data) }
    case 'erased': {
      const { wearer } = change.data
      const wearers = new Map(state.wearers)
      wearers.delete(wearer)
      return { ...state, wearers, alarms: new Map([...state.alarms].filter(([, alarm]) => alarm.wearer !== wearer)) }
    }
    case 'gateway':
      return { ...state, gateways: new Map(state.gateways).set(change.data.id, change.data) }
    case 'broker':
      return { ...state, brokerIsConnected: change.data.connected }
    case 'summary': {
      addSummary(change.data)
      const wearer = state.wearers.get(change.data.wearer)
      if (wearer === undefined || change.data.spanSeconds !== 1) return state
      const { score, threshold, at } = change.data
      const scored =
        score === undefined ? {} : { score, scoredAt: at, ...(threshold === undefined ? {} : { threshold }) }
      return { ...state, wearers: new Map(state.wearers).set(wearer.id, { ...wearer, ...scored }) }
    }
  }
}

export function putAlarm(alarms: ReadonlyMap<string, Alarm>, alarm: Alarm): ReadonlyMap<string, Alarm> {
  if ((alarms.get(alarm.id)?.revision ?? 0) > alarm.revision) return alarms
  const next = new Map(alarms).set(alarm.id, alarm)
  const over = [...next.values()].filter(({ state }) => state === 'normal').sort((a, b) => (a.at < b.at ? -1 : 1))
  for (const old of over.slice(0, Math.max(0, over.length - mostOver))) next.delete(old.id)
  return next
}

const priorityRank = { high: 0, medium: 1, low: 2 }
const stateRank = {
  'active-unacknowledged': 0,
  'returned-unacknowledged': 1,
  'active-acknowledged': 2,
  shelved: 3,
  suppressed: 3,
  'out-of-service': 3,
  normal: 4,
} satisfies Record<Alarm['state'], number>

/**
 * Alarms as they are to be worked on: unacknowledged first, high before low, the wearer before the
 * monitoring, new before old.
 */
export function byUrgency(alarms: Iterable<Alarm>): Alarm[] {
  return [...alarms].sort(
    (a, b) => urgency(a) - urgency(b) || (a.at < b.at ? 1 : a.at > b.at ? -1 : a.id < b.id ? -1 : 1),
  )
}

function urgency(alarm: Alarm): number {
  return stateRank[alarm.state] * 10 + priorityRank[alarm.priority] * 2 + (alarm.type === 'technical' ? 1 : 0)
}

/** Whether nobody has answered for it yet. */
export function needsSomebody({ state }: Alarm): boolean {
  return state === 'active-unacknowledged' || state === 'returned-unacknowledged'
}

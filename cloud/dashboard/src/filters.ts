import type { Alarm } from '../../../edge/messages.ts'
import { needsSomebody } from './state.ts'

/** Which alarms are listed; empty: whichever. */
export interface Filter {
  state: '' | 'waiting' | 'open'
  priority: '' | Alarm['priority']
  type: '' | Alarm['type']
  wearer: string
}

export const everything: Filter = { state: '', priority: '', type: '', wearer: '' }

export function matches(alarm: Alarm, { state, priority, type, wearer }: Filter): boolean {
  if (state === 'waiting' && !needsSomebody(alarm)) return false
  if (state === 'open' && alarm.state === 'normal') return false
  if (priority !== '' && alarm.priority !== priority) return false
  if (type !== '' && alarm.type !== type) return false
  return wearer === '' || alarm.wearer === wearer
}

import type { Alarm } from '../../../edge/messages.ts'
import { texts } from './texts.ts'

/** One shape a priority, so that colour is never alone; filled until it is acknowledged. */
const shapes = {
  high: ['▲', '△'],
  medium: ['◆', '◇'],
  low: ['●', '○'],
} satisfies Record<Alarm['priority'], [string, string]>

/** Priority and kind of an alarm by shape, colour and words. */
export function Badge({ alarm }: { alarm: Alarm }) {
  const [filled, outlined] = shapes[alarm.priority]
  const isDone = alarm.acknowledged !== undefined
  return (
    <span class={`badge ${alarm.priority} ${isDone ? 'acknowledged' : ''}`}>
      <span aria-hidden="true">{isDone ? outlined : filled}</span> {texts.priorities[alarm.priority]}
      {alarm.type === 'technical' && <> · {texts.types.technical}</>}
    </span>
  )
}

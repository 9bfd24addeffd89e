import type { Alarm } from '../../../edge/messages.ts'
import { Acknowledge } from './Acknowledge.tsx'
import { Badge } from './Badge.tsx'
import { needsSomebody } from './state.ts'
import { texts, whom } from './texts.ts'
import { absolute, ago, localised } from './time.ts'

interface Props {
  alarms: Alarm[]
  incomplete: boolean
  now: number
  onAlarm: (alarm: Alarm) => void
}

export function AlarmList({ alarms, incomplete, now, onAlarm }: Props) {
  return (
    <section id="alarms" aria-labelledby="alarms-title" tabIndex={-1}>
      <h2 id="alarms-title">{texts.alarms}</h2>
      {incomplete && <p class="muted">⚠ {texts.incomplete}</p>}
      {alarms.length === 0 && <p class="empty">{texts.noAlarms}</p>}
      <ul class="alarms">
        {alarms.map((alarm) => (
          <Row key={alarm.id} alarm={alarm} now={now} onAlarm={onAlarm} />
        ))}
      </ul>
    </section>
  )
}

function Row({ alarm, now, onAlarm }: { alarm: Alarm; now: number; onAlarm: (alarm: Alarm) => void }) {
  const { id, at, state, text, endedAt, acknowledged } = alarm
  return (
    <li class={`alarm ${alarm.priority} ${state}`} data-testid={`alarm-${id}`} data-state={state}>
      <div class="alarm-what">
        <p>
          <Badge alarm={alarm} />{' '}
          {alarm.type === 'physiological' && <span class="kind">{texts.types[alarm.type]}</span>}
        </p>
        <p class="alarm-text">
          <strong>{whom(alarm)}</strong> {localised(text, now)}
        </p>
        <p class="alarm-when">
          <time dateTime={at} title={at}>
            {absolute(at, now)} · {ago(at, now)}
          </time>
          {endedAt !== undefined && (
            <time dateTime={endedAt} title={endedAt}>
              {texts.endedAt(absolute(endedAt, now))}
            </time>
          )}
        </p>
      </div>
      <div class="alarm-state">
        <p class={needsSomebody(alarm) ? 'waits' : 'muted'}>{texts.states[state]}</p>
        {acknowledged !== undefined && (
          <p class="acknowledged-by">
            {texts.acknowledgedBy(acknowledged.by, absolute(acknowledged.at, now))}
            {acknowledged.comment !== undefined && <q>{acknowledged.comment}</q>}
          </p>
        )}
        {needsSomebody(alarm) && <Acknowledge alarm={alarm} onAlarm={onAlarm} />}
      </div>
    </li>
  )
}

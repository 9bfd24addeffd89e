import type { Alarm } from '../../../edge/messages.ts'
import { useState } from 'preact/hooks'
import { Acknowledge } from './Acknowledge.tsx'
import { AlarmActions, PauseAudio, Standing } from './AlarmActions.tsx'
import { Badge } from './Badge.tsx'
import { everything, matches } from './filters.ts'
import { Filters } from './Filters.tsx'
import { needsSomebody } from './state.ts'
import { texts, whom } from './texts.ts'
import { absolute, ago, localised } from './time.ts'

interface Props {
  alarms: Alarm[]
  /** Of gateways that may be asked for something. */
  gateways: readonly string[]
  incomplete: boolean
  mayAnswer: boolean
  now: number
  onAlarm: (alarm: Alarm) => void
}

export function AlarmList({ alarms, gateways, incomplete, mayAnswer, now, onAlarm }: Props) {
  const [filter, setFilter] = useState(everything)
  const shown = alarms.filter((alarm) => matches(alarm, filter))
  const wearers = [...new Set(alarms.flatMap(({ wearer }) => wearer ?? []))].sort()
  return (
    <section id="alarms" aria-labelledby="alarms-title" tabIndex={-1}>
      <h2 id="alarms-title">{texts.alarms}</h2>
      {incomplete && <p class="muted">⚠ {texts.incomplete}</p>}
      <Filters filter={filter} wearers={wearers} onFilter={setFilter} />
      {filter !== everything && (
        <p class="muted" role="status" data-testid="shown">
          {texts.shown(shown.length, alarms.length)}
        </p>
      )}
      {mayAnswer && <PauseAudio gateways={gateways} onAlarm={onAlarm} />}
      {alarms.length === 0 && <p class="empty">{texts.noAlarms}</p>}
      {alarms.length > 0 && shown.length === 0 && <p class="empty">{texts.noneMatches}</p>}
      <ul class="alarms">
        {shown.map((alarm) => (
          <Row key={alarm.id} alarm={alarm} mayAnswer={mayAnswer} now={now} onAlarm={onAlarm} />
        ))}
      </ul>
    </section>
  )
}

function Row({ alarm, mayAnswer, now, onAlarm }: { alarm: Alarm } & Pick<Props, 'mayAnswer' | 'now' | 'onAlarm'>) {
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
        <Standing alarm={alarm} when={(moment) => absolute(moment, now)} />
        {mayAnswer && needsSomebody(alarm) && <Acknowledge alarm={alarm} onAlarm={onAlarm} />}
        {mayAnswer && <AlarmActions alarm={alarm} onAlarm={onAlarm} />}
      </div>
    </li>
  )
}

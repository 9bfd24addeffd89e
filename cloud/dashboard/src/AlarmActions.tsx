import type { Alarm } from '../../../edge/messages.ts'
import { Action } from './Action.tsx'
import { post } from './post.ts'
import { texts, whom } from './texts.ts'

interface Props {
  alarm: Alarm
  onAlarm: (alarm: Alarm) => void
}

interface Changed {
  alarms: Alarm[]
}

const minute = 60
const hour = 60 * minute
const shelfSeconds = [15 * minute, hour, 4 * hour, 12 * hour]
const pauseSeconds = [2 * minute, 5 * minute, 10 * minute]

/** What else can be done about an alarm that is not over: put all of its kind on the shelf, and take them down. */
export function AlarmActions({ alarm, onAlarm }: Props) {
  const { wearer, gateway, code, state, id } = alarm
  if (state === 'normal' || state === 'out-of-service') return null
  const about = `${whom(alarm)}, ${alarm.text}`
  const whose = { code, gateway, ...(wearer !== undefined && { wearer }) }
  const done = ({ alarms }: Changed) => alarms.forEach(onAlarm)
  if (state === 'shelved')
    return (
      <Action
        label={texts.unshelve}
        about={about}
        id={`unshelve-${id}`}
        why="not-asked"
        durations={[]}
        send={async ({ by }) => done(await post<Changed>('alarms/unshelve', { ...whose, by }))}
      />
    )
  return (
    <Action
      label={texts.shelve}
      about={about}
      id={`shelve-${id}`}
      why="asked"
      durations={shelfSeconds}
      send={async (said) => done(await post<Changed>('alarms/shelve', { ...whose, ...said }))}
    />
  )
}

/** No sound of what stands now, at every gateway; whatever is announced later sounds. */
export function PauseAudio({ gateways, onAlarm }: { gateways: readonly string[]; onAlarm: Props['onAlarm'] }) {
  if (gateways.length === 0) return null
  return (
    <Action
      label={texts.pauseAudio}
      about={texts.pauseAudioAbout}
      id="pause-audio"
      why="not-asked"
      durations={pauseSeconds}
      send={async ({ by, seconds }) => {
        const asked = gateways.map((gateway) => post<Changed>('alarms/pause-audio', { gateway, by, seconds }))
        for (const { alarms } of await Promise.all(asked)) alarms.forEach(onAlarm)
      }}
    />
  )
}

/** Why an alarm is not announced, or how far it was passed on, in words. */
export function Standing({ alarm, when }: { alarm: Alarm; when: (at: string) => string }) {
  const { shelved, outOfService, suppressedBy, audioPaused, escalation } = alarm
  const lines = [
    shelved && texts.shelvedBy(shelved.by, when(shelved.until), shelved.why),
    outOfService && texts.outOfServiceBy(outOfService.by, outOfService.why),
    suppressedBy && texts.suppressedBy(suppressedBy),
    audioPaused && texts.audioPausedBy(audioPaused.by, when(audioPaused.until)),
    escalation && texts.escalated(escalation.level, when(escalation.at)),
  ]
  return <>{lines.map((line) => line && <p class="muted">{line}</p>)}</>
}

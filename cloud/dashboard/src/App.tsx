import { useEffect } from 'preact/hooks'
import type { Alarm } from '../../../edge/messages.ts'
import { AlarmList } from './AlarmList.tsx'
import type { ConnectionState } from './connection.ts'
import { Header } from './Header.tsx'
import { byUrgency, needsSomebody, putAlarm } from './state.ts'
import type { State } from './state.ts'
import { texts, whom } from './texts.ts'
import { Tile } from './Tile.tsx'

interface Props {
  state: State
  connection: ConnectionState
  heardAt: number
  /** By the server's clock, in ms. */
  now: number
  onState: (state: State) => void
}

export function App({ state, connection, heardAt, now, onState }: Props) {
  const alarms = byUrgency(state.alarms.values())
  const waiting = alarms.filter(needsSomebody)
  const wearers = [...state.wearers.values()].sort((a, b) => a.id.localeCompare(b.id, undefined, { numeric: true }))
  useEffect(() => {
    const count = waiting.length > 0 ? `(${waiting.length}) ` : ''
    document.title = `${connection === 'lost' ? '⚠ ' : ''}${count}${texts.title}`
  }, [waiting.length, connection])

  return (
    <>
      <a class="skip" href="#alarms">
        {texts.skipToAlarms}
      </a>
      <Header
        state={state}
        wearers={wearers}
        waiting={waiting.length}
        connection={connection}
        heardAt={heardAt}
        now={now}
      />
      <main class={connection === 'lost' ? 'is-old' : ''}>
        <section aria-labelledby="wall-title">
          <h2 id="wall-title">{texts.wall}</h2>
          {wearers.length === 0 && <p class="empty">{texts.nobody}</p>}
          <ul class="wall">
            {wearers.map((wearer) => (
              <Tile
                key={wearer.id}
                wearer={wearer}
                alarms={openAlarms(alarms, wearer.id)}
                now={now}
                mayAnswer={state.mayAnswer}
              />
            ))}
          </ul>
        </section>
        <AlarmList
          alarms={alarms}
          gateways={[...state.gateways.values()]
            .filter(({ silentSince }) => silentSince === undefined)
            .map(({ id }) => id)}
          incomplete={state.incomplete !== undefined}
          mayAnswer={state.mayAnswer}
          now={now}
          onAlarm={(alarm) => onState({ ...state, alarms: putAlarm(state.alarms, alarm) })}
        />
      </main>
      {/* For those who listen instead of looking: the most urgent alarm, as it changes. */}
      <p class="only-heard" role="status" aria-live="assertive">
        {waiting[0] && `${texts.priorities[waiting[0].priority]}: ${whom(waiting[0])}: ${waiting[0].text}`}
      </p>
      <footer>
        {texts.notMedical} {!state.mayAnswer && texts.viewer}
      </footer>
    </>
  )
}

/** The alarms of a wearer that are not over and done with. */
function openAlarms(alarms: Alarm[], wearer: string): Alarm[] {
  return alarms.filter((alarm) => alarm.wearer === wearer && alarm.state !== 'normal')
}

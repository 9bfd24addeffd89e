import type { WearerView } from '../../view.ts'
import type { ConnectionState } from './connection.ts'
import type { State } from './state.ts'
import { texts } from './texts.ts'
import { absolute, localised } from './time.ts'

interface Props {
  state: State
  wearers: WearerView[]
  waiting: number
  connection: ConnectionState
  heardAt: number
  now: number
}

const symbols = { live: '●', connecting: '◌', lost: '✖' } satisfies Record<ConnectionState, string>

/** What is true of everything below: whether it is live, how many are watched, how many alarms wait. */
export function Header({ state, wearers, waiting, connection, heardAt, now }: Props) {
  const watched = wearers.filter(({ watchingSince }) => watchingSince !== undefined).length
  const silent = [...state.gateways.values()].filter(({ silentSince }) => silentSince !== undefined)
  return (
    <header>
      <div class="bar">
        <h1>{texts.title}</h1>
        <p class={`count ${waiting > 0 ? 'waits' : ''}`} data-testid="waiting">
          {texts.needSomebody(waiting)}
        </p>
        <p class={`count ${watched < wearers.length ? 'waits' : ''}`} data-testid="watched">
          {texts.watched(watched, wearers.length)}
        </p>
        <p class={`connection ${connection}`} role="status" data-testid="connection">
          <span aria-hidden="true">{symbols[connection]}</span> {texts.connection[connection]}
        </p>
      </div>
      {connection === 'lost' && (
        <p class="banner" role="alert">
          ⚠ {texts.lostSince(absolute(heardAt + state.clockOffset, now))}
        </p>
      )}
      {connection !== 'lost' && !state.brokerIsConnected && (
        <p class="banner" role="alert">
          ⚠ {texts.brokerAway}
        </p>
      )}
      {silent.map(({ id, silentSince = '' }) => (
        <p class="banner" role="alert" key={id}>
          ⚠ {texts.gatewaySilent(id, localised(silentSince, now))}
        </p>
      ))}
    </header>
  )
}

import { render } from 'preact'
// eslint-disable-next-line no-restricted-imports -- the package offers its style sheet nowhere else
import 'uplot/dist/uPlot.min.css'
import type { Snapshot } from '../../view.ts'
import { App } from './App.tsx'
import { Connection } from './connection.ts'
import './styles.css'

const none: Snapshot = {
  at: new Date().toISOString(),
  broker: { connected: false },
  gateways: [],
  wearers: [],
  alarms: [],
}
const initial = document.getElementById('initial-state')?.textContent
const root = document.getElementById('app')!
const connection = new Connection(initial ? (JSON.parse(initial) as Snapshot) : none, draw)

function draw(): void {
  const { state, connection: connectionState, heardAt } = connection
  const now = Date.now() + state.clockOffset
  render(
    <App
      state={state}
      connection={connectionState}
      heardAt={heardAt}
      now={now}
      onState={(next) => connection.update(next)}
    />,
    root,
  )
}

draw()
connection.start()

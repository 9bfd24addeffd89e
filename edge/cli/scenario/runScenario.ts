import { Subject } from 'rxjs'
import { decoders } from '../../../firmware-bridge/decoders.ts'
import type { Decoded } from '../../../firmware-bridge/records.ts'
import type { Bundle } from '../../../models/bundle.ts'
import { mergeDevices } from '../../../simulators/mergeDevices.ts'
import { deviceRuns } from '../../../simulators/scenario/run.ts'
import type { Scenario } from '../../../simulators/scenario.ts'
import { truthOf, type TruthLine } from '../../../simulators/truth/truth.ts'
import { openAlarms } from '../../alarms/machine.ts'
import { causesOf } from '../../alarms/revise.ts'
import type { GatewayConfig } from '../../config.ts'
import type { EvidenceKeeper } from '../../evidence/keepEvidence.ts'
import type { Flow, Input, Tick } from '../../flow.ts'
import { schemaVersion, type Alarm } from '../../messages.ts'
import { createPipeline, type Pipeline } from '../../pipeline.ts'
import { tickWhenSet } from '../../stages/tickWhenSet.ts'
import { AssignmentBook } from '../../stages/wearers.ts'
import type { StateRow } from '../../state/keyedState.ts'
import { isoOf, microsOf } from '../../time.ts'

export interface ScenarioOptions {
  bundle: Bundle
  vitalsBundle?: Bundle
  ppgBundle?: Bundle
  limits?: GatewayConfig['limits']
  /** How long it runs; absent: as long as the scenario says. */
  seconds?: number
  /** What the gateway knows at the start. */
  state?: readonly StateRow[]
  /** Seconds after the start at which the gateway's pipeline is made anew from its snapshots. */
  restoreAt?: readonly number[]
  /** When somebody sets the gateway's wall clock (seconds after the start), and by how many seconds. */
  clockSteps?: readonly { at: number; by: number }[]
  /** What becomes of each record on its way, such as a counter that wraps; absent: nothing. */
  rewrite?: (record: Decoded) => Decoded
  /** Where the evidence of each alarm goes; absent: none is kept. */
  evidence?: EvidenceKeeper
  /** Whatever passes at the end of the pipeline, with the gateway's clock (µs since the epoch). */
  onItem?: (item: Flow, now: number) => void
}

/** A telling of an alarm. */
export interface Told {
  /** The gateway's clock when it was told, µs since the epoch. */
  now: number
  alarm: Alarm
}

export interface ScenarioRunResult {
  /** Every change of every alarm, in the order told. */
  told: Told[]
  truth: TruthLine[]
  /** How many were refused, by reason. */
  refused: Record<string, number>
}

const defaultLimits = { heartRatePerMinute: 130, spo2Percent: 88, silenceSeconds: 10 }
const gateway = 'scenario'
/** Between two looks of the gateway at its clock, µs; half a second beside the whole ones, at which devices send. */
const tickEvery = 1_000_000
const tickOffset = 500_000
const commitEvery = 5_000_000

/**
 * Runs a scenario as a simulator sends it (frames, with all faults of clock and link) through the gateway's own pipeline.
 * The wall clock is simulated as well: it ticks each second whether anything arrives or not, and people acknowledge when
 * the script says so.
 *
 * @throws RangeError where the scenario has no length and none is given
 */
export function runScenario(name: string, scenario: Scenario, options: ScenarioOptions): ScenarioRunResult {
  const {
    seconds = scenario.length,
    state = [],
    limits = defaultLimits,
    restoreAt = [],
    clockSteps = [],
    rewrite,
    onItem,
  } = options
  if (seconds === undefined) throw new RangeError(`${name}: length: expected one, as the scenario has no end`)
  const start = microsOf(scenario.start)
  const marks = new Map<string, never[]>()
  const devices = deviceRuns(scenario, { startEpochMicros: start, seconds })
  const decodings = new Map(devices.map(({ device }) => [device, decoders.frame.messages()]))
  let now = start
  let steadyMicros = 0
  const look = (): Tick => ({ kind: 'tick', now, steadyMicros })
  const wallClock = (at: number): number =>
    clockSteps.reduce((sum, step) => (step.at * 1e6 <= at ? sum + Math.round(step.by * 1e6) : sum), start + at)
  const told: Told[] = []
  const refused: Record<string, number> = {}
  const take = (item: Flow): void => {
    if (item.kind === 'alarm') told.push({ now, alarm: item.alarm })
    if (item.kind === 'refused') refused[item.reason] = (refused[item.reason] ?? 0) + 1
    onItem?.(item, now)
  }
  const made = (rows: readonly StateRow[]): { pipeline: Pipeline; inputs: Subject<Input> } => {
    const pipeline = createPipeline({
      ...options,
      limits,
      gateway,
      book: new AssignmentBook(scenario.wearers.map(({ device, wearer }) => ({ device, wearer }))),
      keepsNothing: new Set(),
      now: () => now,
    })
    pipeline.restore(rows)
    const inputs = new Subject<Input>()
    inputs
      .pipe(
        tickWhenSet(look),
        pipeline.run((committed) => committed),
      )
      .subscribe(take)
    return { pipeline, inputs }
  }
  const rows = new Map(state.map((row) => [`${row.part}/${row.key}`, row]))
  let gatewayNow = made(state)
  const commit = (): void => {
    for (const changed of gatewayNow.pipeline.states.flatMap((part) => part.takeChanged()))
      rows.set(`${changed.part}/${changed.key}`, changed)
  }
  const restore = (): void => {
    commit()
    gatewayNow = made([...rows.values()])
  }

  for (const { at, run } of inOrder()) {
    now = wallClock(at)
    steadyMicros = at
    run()
  }
  const truth = [...truthOf({ name, scenario, seed: scenario.seed, startEpochMicros: start, seconds, devices, marks })]
  return { told, truth, refused }

  function inOrder(): Iterable<{ atMicros: number; at: number; run: () => void }> {
    const end = seconds! * 1e6
    const timed = (at: number, run: () => void) => ({ atMicros: at, at, run })
    function* arrivals() {
      for (const { device, atMicros, bytes } of mergeDevices(devices.map(({ messages }) => messages)))
        yield timed(atMicros, () => {
          const decoded: Decoded[] = decodings.get(device)!(bytes)
          const records = rewrite === undefined ? decoded : decoded.map(rewrite)
          gatewayNow.inputs.next({ kind: 'arrival', source: 'scenario', device, receivedAt: now, records })
        })
    }
    function* ticks() {
      for (let at = tickOffset; at < end; at += tickEvery)
        yield timed(at, () => {
          // As a gateway does: evidence is made of the rows that were written.
          if (options.evidence !== undefined && at % commitEvery === tickOffset) commit()
          gatewayNow.inputs.next(look())
        })
    }
    function* acknowledgements() {
      const all = scenario.wearers.flatMap(({ wearer, acknowledge }) => acknowledge.map((ask) => ({ wearer, ...ask })))
      for (const { wearer, code, at } of all.sort((a, b) => a.at - b.at))
        if (at * 1e6 < end) yield timed(at * 1e6, () => acknowledgeAll(wearer, code))
    }
    function* restores() {
      for (const at of [...restoreAt].sort((a, b) => a - b)) yield timed(Math.round(at * 1e6), restore)
    }
    return mergeDevices([arrivals(), ticks(), acknowledgements(), restores()])
  }

  function acknowledgeAll(wearer: string, code: string): void {
    for (const alarm of openAlarms(gatewayNow.pipeline.knows.alarms)) {
      const isMeant = alarm.wearer === wearer && causesOf(alarm).some((cause) => cause.code === code)
      if (!isMeant || alarm.acknowledged !== undefined) continue
      gatewayNow.inputs.next({
        kind: 'request',
        request: { schemaVersion, requestId: 'r', action: 'acknowledge', alarm: alarm.id, by: 'scenario' },
        at: isoOf(now),
        respond: () => undefined,
      })
    }
  }
}

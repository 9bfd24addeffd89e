import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Flow } from '../flow.ts'
import { alarmSchema, schemaVersion, type Alarm, type Request } from '../messages.ts'
import type { StateRow } from '../state/keyedState.ts'
import { modelCodes, TableModel, type ModelCode, type ModelSettings } from '../testing/alarmTableModel.ts'
import { emitted, epoch, finding, ofKind } from '../testing/run.ts'
import { isoOf } from '../time.ts'
import { alarmSettingsSchema, configuredTable, type AlarmSettings } from './configured.ts'
import { raiseAlarms, wearerAlarms } from './machine.ts'
import { outOfServiceStates } from './outOfService.ts'

type Command =
  | { do: 'begin' | 'end'; code: ModelCode; device: string; after: number }
  | { do: 'acknowledge'; which: number; sees: boolean }
  | { do: 'pause'; seconds: number }
  | { do: 'shelve'; code: ModelCode; seconds: number }
  | { do: 'unshelve'; code: ModelCode }
  | { do: 'out' | 'in'; device?: string }
  | { do: 'wait'; seconds: number }
  | { do: 'set clock'; seconds: number }
  | { do: 'restart' }

const codes = Object.keys(modelCodes) as ModelCode[]
const code = fc.constantFrom(...codes)
const device = fc.constantFrom('d-1', 'd-2')
/** Seconds before a cause begins or ends: about the 10 s within which it is the same event. */
const after = fc.constantFrom(1, 4, 10, 11, 60)
const cause = fc.record({
  do: fc.constantFrom('begin' as const, 'begin' as const, 'end' as const),
  code,
  device,
  after,
})
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: cause },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('acknowledge' as const), which: fc.nat(8), sees: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pause' as const), seconds: fc.integer({ min: 1, max: 600 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('shelve' as const), code, seconds: fc.integer({ min: 1, max: 120 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unshelve' as const), code }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom('out' as const, 'in' as const), device }, { requiredKeys: ['do'] }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 90 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('set clock' as const), seconds: fc.integer({ min: -300, max: 300 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
)

/** The machine as a gateway runs it, with what it has told so far, and a gateway that can crash and come back. */
class Running {
  readonly last = new Map<string, Alarm>()
  wall = 0
  #rows = new Map<string, StateRow>()
  #states = wearerAlarms()
  #services = outOfServiceStates()
  #asked = 0
  readonly #table

  constructor(settings: AlarmSettings) {
    this.#table = configuredTable(settings)
  }

  give(item: Flow): void {
    const stage = raiseAlarms('gw', this.#states, { table: this.#table, services: this.#services })
    for (const { alarm } of ofKind(emitted(stage, [item]), 'alarm')) {
      expect(alarm.revision).toBe((this.last.get(alarm.id)?.revision ?? 0) + 1)
      alarmSchema.parse(alarm)
      this.last.set(alarm.id, alarm)
    }
    for (const row of [...this.#states.takeChanged(), ...this.#services.takeChanged()])
      this.#rows.set(`${row.part}/${row.key}`, row)
  }

  ask(body: object): void {
    const by = `person ${(this.#asked += 1)}`
    const request = { schemaVersion, requestId: 'r', by, ...body } as Request
    this.give({ kind: 'request', request, at: this.#at(), respond: () => undefined })
  }

  tick(): void {
    this.give({ kind: 'tick', now: epoch + this.wall * 1e6 })
  }

  restart(): void {
    this.#states = wearerAlarms()
    this.#services = outOfServiceStates()
    for (const part of [this.#states, this.#services]) part.restore([...this.#rows.values()])
  }

  #at = (): string => isoOf(epoch + this.wall * 1e6)
}

const words = ['low', 'medium', 'high'] as const
/** What may be set of codes that are told at once; all that is left out stays as it is. */
const changes = fc.record(
  {
    priority: fc.constantFrom(...words),
    latching: fc.boolean(),
    outOfService: fc.constant({ by: 'Ward 3', why: 'not wanted' }),
    riskAcceptedBy: fc.constant('Dr. A'),
  },
  { requiredKeys: [] },
)
const configs = fc
  .dictionary(code, changes, { maxKeys: 4 })
  .filter((settings) => alarmSettingsSchema.safeParse(settings).success) as fc.Arbitrary<AlarmSettings>

/** The same in the model's own words. */
function modelSettings(settings: AlarmSettings): ModelSettings {
  return Object.fromEntries(
    Object.entries(settings).map(([of, { priority, latching, outOfService }]) => [
      of,
      {
        ...(priority !== undefined && { rank: words.indexOf(priority) }),
        ...(latching !== undefined && { passes: !latching }),
        out: outOfService !== undefined,
      },
    ]),
  )
}

function run(commands: readonly Command[], settings: AlarmSettings = {}): void {
  const machine = new Running(settings)
  const model = new TableModel(modelSettings(settings))
  let stream = 0
  for (const one of commands) {
    switch (one.do) {
      case 'begin':
      case 'end':
        stream += one.after
        machine.give(finding(stream, one.do === 'begin', { code: one.code, device: one.device }))
        if (one.do === 'begin') model.begin(one.code, one.device, stream)
        else model.end(one.code, one.device, stream)
        break
      case 'acknowledge': {
        const place = model.alarms.length - 1 - one.which
        const [alarm, known] = [[...machine.last.values()][place], model.alarms[place]]
        if (alarm === undefined || known === undefined || known.state === 'normal') break
        const unseen = { revision: (alarm.announced?.revision ?? 1) - 1 }
        machine.ask({ action: 'acknowledge', alarm: alarm.id, ...(one.sees ? {} : unseen) })
        model.acknowledge(known, one.sees)
        break
      }
      case 'pause':
        machine.ask({ action: 'pause-audio', wearer: 'w-1', seconds: one.seconds })
        model.pause()
        break
      case 'shelve':
        machine.ask({ action: 'shelve', wearer: 'w-1', code: one.code, seconds: one.seconds, why: 'known' })
        model.shelves.set(one.code, { at: machine.wall, until: machine.wall + one.seconds })
        model.lookAgain()
        break
      case 'unshelve':
        machine.ask({ action: 'unshelve', wearer: 'w-1', code: one.code })
        model.shelves.delete(one.code)
        model.lookAgain()
        break
      case 'out':
      case 'in': {
        const action = one.do === 'out' ? 'out-of-service' : 'in-service'
        const whom = one.device === undefined ? { wearer: 'w-1' } : { device: one.device }
        machine.ask({ action, ...whom, why: 'bath' })
        if (one.device === undefined) model.wearerIsOut = one.do === 'out'
        else if (one.do === 'out') model.outDevices.add(one.device)
        else model.outDevices.delete(one.device)
        model.lookAgain()
        break
      }
      case 'wait':
      case 'set clock':
        machine.wall += one.seconds
        machine.tick()
        model.passTime(machine.wall)
        break
      case 'restart':
        machine.restart()
    }
    const stands = [...machine.last.values()].map((alarm) => ({
      state: alarm.state,
      causes: (alarm.causes ?? []).map(({ code, device, endedAt }) => [code, device, endedAt === undefined]),
      acknowledged: alarm.acknowledged !== undefined,
      paused: alarm.audioPaused !== undefined,
      everTold: alarm.announced !== undefined,
      priority: alarm.priority,
    }))
    expect(stands).toEqual(
      model.alarms.map(({ state, causes, acknowledged, paused, everTold }) => ({
        state,
        causes: causes.map(({ code, device, ended }) => [code, device, ended === undefined]),
        acknowledged,
        paused,
        everTold,
        priority: words[Math.max(...causes.map(({ code }) => model.rankOf(code)))],
      })),
    )
  }
}

describe('alarm machine against a plain table of states and happenings', () => {
  it('property: is where the table is after any causes, answers, pauses, shelves, restarts and clock steps', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60, size: 'max' }), (commands) => run(commands)),
      {
        numRuns: 300,
      },
    )
  })

  it('property: and so with other priorities, latching and codes out of service', () => {
    const some = fc.array(command, { maxLength: 60, size: 'max' })
    fc.assert(fc.property(some, configs, run), { numRuns: 300 })
  })
})

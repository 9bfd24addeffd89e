import type { Alarm, AlarmCode } from '../messages.ts'

/** What may happen to an alarm, as a person would put it. */
type Happening =
  /** Something is told that nobody has heard of yet, or that comes back to be heard. */
  | 'told'
  | 'acknowledged'
  /** Nothing of it holds any more, and somebody should still know. */
  | 'over'
  /** Nothing of it holds any more, and that is all there is to say. */
  | 'done'
  | 'shelved'
  | 'taken out'

type State = Alarm['state']

/** State × happening → state, for the test alone: written from IEC 62682 and the README, not from the machine. */
export const transitions: Record<State, Record<Happening, State>> = {
  'active-unacknowledged': {
    told: 'active-unacknowledged',
    acknowledged: 'active-acknowledged',
    over: 'returned-unacknowledged',
    done: 'normal',
    shelved: 'shelved',
    'taken out': 'out-of-service',
  },
  'active-acknowledged': {
    told: 'active-unacknowledged',
    acknowledged: 'active-acknowledged',
    over: 'normal',
    done: 'normal',
    shelved: 'shelved',
    'taken out': 'out-of-service',
  },
  'returned-unacknowledged': {
    told: 'active-unacknowledged',
    acknowledged: 'normal',
    over: 'returned-unacknowledged',
    done: 'normal',
    shelved: 'normal',
    'taken out': 'normal',
  },
  shelved: {
    told: 'active-unacknowledged',
    acknowledged: 'shelved',
    over: 'returned-unacknowledged',
    done: 'normal',
    shelved: 'shelved',
    'taken out': 'out-of-service',
  },
  suppressed: {
    told: 'active-unacknowledged',
    acknowledged: 'suppressed',
    over: 'normal',
    done: 'normal',
    shelved: 'suppressed',
    'taken out': 'out-of-service',
  },
  'out-of-service': {
    told: 'active-unacknowledged',
    acknowledged: 'out-of-service',
    over: 'normal',
    done: 'normal',
    shelved: 'out-of-service',
    'taken out': 'out-of-service',
  },
  normal: {
    told: 'normal',
    acknowledged: 'normal',
    over: 'normal',
    done: 'normal',
    shelved: 'normal',
    'taken out': 'normal',
  },
}

/** What the model must know of a code; the test's own copy, so that an edit of the table is noticed. */
export const modelCodes = {
  'no-beats': { rank: 2, group: 'rhythm' },
  'ventricular-run': { rank: 2, group: 'rhythm' },
  pause: { rank: 1, group: 'rhythm' },
  'temperature-high': { rank: 1, group: 'temperature', explainedBy: 'off-body' },
  'temperature-low': { rank: 1, group: 'temperature', explainedBy: 'off-body' },
  'off-body': { rank: 1, technical: true },
  'data-gap': { rank: 0, technical: true, passes: true },
} as const satisfies Partial<
  Record<AlarmCode, { rank: number; group?: string; explainedBy?: AlarmCode; technical?: true; passes?: true }>
>
export type ModelCode = keyof typeof modelCodes

interface ModelCause {
  code: ModelCode
  device: string
  /** Second at which it ended last; absent while it holds. */
  ended?: number
}

export interface ModelAlarm {
  state: State
  causes: ModelCause[]
  acknowledged: boolean
  paused: boolean
  everTold: boolean
  explained: boolean
}

interface ModelRow {
  rank: number
  group?: string
  explainedBy?: string
  technical?: true
  passes?: boolean
  /** Nobody wants to hear of it at all. */
  out?: boolean
}
/** What a person has set otherwise. */
export type ModelSettings = Partial<
  Record<ModelCode, Pick<ModelRow, 'out'> & Partial<Pick<ModelRow, 'rank' | 'passes'>>>
>

/** All alarms of one wearer by the transition table alone, in the order in which they began. */
export class TableModel {
  readonly alarms: ModelAlarm[] = []
  readonly shelves = new Map<ModelCode, { at: number; until: number }>()
  readonly outDevices = new Set<string>()
  wearerIsOut = false
  #rowOf: (code: ModelCode) => ModelRow

  constructor(settings: ModelSettings = {}) {
    this.#rowOf = (code) => ({ ...modelCodes[code], ...settings[code] })
  }

  rankOf(code: ModelCode): number {
    return this.#rowOf(code).rank
  }

  /** @param second of stream time */
  begin(code: ModelCode, device: string, second: number): void {
    if (this.#holding(code, device)) return
    const { group, explainedBy, rank, out } = this.#rowOf(code)
    const hushed = this.shelves.has(code) || out === true
    const heardOf = explainedBy !== undefined && this.#rowOf(explainedBy as ModelCode).out !== true
    const explained = heardOf && this.#holding(explainedBy as ModelCode, device)
    const near = ({ ended }: ModelCause): boolean => ended === undefined || second - ended <= 10
    const event = explained
      ? undefined
      : this.alarms.findLast(
          (alarm) =>
            alarm.state !== 'normal' &&
            !alarm.explained &&
            group !== undefined &&
            this.#rowOf(alarm.causes[0]!.code).group === group &&
            alarm.causes.some(near) &&
            !(hushed && !this.#holds(alarm)),
        )
    if (event === undefined) {
      const alarm = { state: 'suppressed' as State, causes: [{ code, device }], acknowledged: false, paused: false }
      const fresh: ModelAlarm = { ...alarm, everTold: false, explained }
      this.alarms.push(fresh)
      if (!explained) this.#happens(fresh, this.#isOut(fresh) ? 'taken out' : this.#lies(fresh) ? 'shelved' : 'told')
      // A new alarm is in no state yet: `suppressed` stands for that where no table row applies.
      if (this.#isOut(fresh)) fresh.state = 'out-of-service'
      if (!explained && !this.#isOut(fresh) && this.#lies(fresh)) fresh.state = 'shelved'
      return
    }
    const heard = event.causes.some((cause) => cause.code === code && near(cause))
    const higher = event.causes.every((cause) => this.#rowOf(cause.code).rank < rank)
    const wasOver = !this.#holds(event)
    const same = event.causes.find((cause) => cause.code === code && cause.device === device)
    if (same) delete same.ended
    else event.causes.push({ code, device })
    const news = !hushed && (wasOver || !heard || higher)
    if (news) this.#happens(event, 'told')
    else this.#look(event)
  }

  end(code: ModelCode, device: string, second: number): void {
    const alarm = this.alarms.find(({ causes }) => causes.some((c) => holdsAs(c, code, device)))
    if (alarm === undefined) return
    for (const cause of alarm.causes) if (holdsAs(cause, code, device)) cause.ended = second
    this.#look(alarm)
    for (const hidden of this.alarms)
      if (
        hidden.explained &&
        this.#holds(hidden) &&
        hidden.causes.some((c) => c.device === device && this.#rowOf(c.code).explainedBy === code)
      ) {
        hidden.explained = false
        this.#look(hidden)
      }
  }

  acknowledge(alarm: ModelAlarm, hasSeen: boolean): void {
    if (alarm.state === 'normal') {
      alarm.acknowledged ||= hasSeen || !alarm.everTold
      return
    }
    if (!hasSeen && alarm.everTold) return
    alarm.acknowledged = true
    this.#happens(alarm, 'acknowledged')
  }

  pause(): void {
    for (const alarm of this.alarms) if (alarm.state === 'active-unacknowledged') alarm.paused = true
  }

  /** People or the clock changed what may be heard. */
  lookAgain(): void {
    for (const alarm of this.alarms) this.#look(alarm)
  }

  /** @param now second of the wall clock */
  passTime(now: number): void {
    for (const [code, { at, until }] of this.shelves) if (now >= until || now < at) this.shelves.delete(code)
    this.lookAgain()
  }

  #look(alarm: ModelAlarm): void {
    if (alarm.state === 'normal') return
    const hidden = alarm.explained || this.#isOut(alarm) || this.#lies(alarm)
    if (this.#holds(alarm)) {
      if (this.#isOut(alarm)) return this.#happens(alarm, 'taken out')
      if (alarm.explained) return
      if (this.#lies(alarm)) {
        // What explained it is gone, and it comes to lie on its shelf; so does what is back in service.
        if (alarm.state === 'suppressed' || alarm.state === 'out-of-service') alarm.state = 'shelved'
        this.#happens(alarm, 'shelved')
      } else if (['shelved', 'suppressed', 'out-of-service'].includes(alarm.state)) this.#happens(alarm, 'told')
      return
    }
    const passes = alarm.causes.every(({ code }) => this.#rowOf(code).passes)
    this.#happens(alarm, hidden || passes || alarm.acknowledged ? 'done' : 'over')
  }

  #happens(alarm: ModelAlarm, happening: Happening): void {
    alarm.state = transitions[alarm.state][happening]
    if (happening !== 'told') return
    alarm.acknowledged = false
    alarm.paused = false
    alarm.everTold = true
  }

  #holds({ causes }: ModelAlarm): boolean {
    return causes.some(({ ended }) => ended === undefined)
  }

  #holding(code: ModelCode, device: string): boolean {
    return this.alarms.some(({ causes }) => causes.some((cause) => holdsAs(cause, code, device)))
  }

  #lies({ causes }: ModelAlarm): boolean {
    return causes.every(({ code }) => this.shelves.has(code))
  }

  #isOut({ causes }: ModelAlarm): boolean {
    if (causes.every(({ code }) => this.#rowOf(code).out === true)) return true
    const technical = this.#rowOf(causes[0]!.code).technical === true
    return technical && (this.wearerIsOut || causes.every(({ device }) => this.outDevices.has(device)))
  }
}

function holdsAs(cause: ModelCause, code: ModelCode, device: string): boolean {
  return cause.code === code && cause.device === device && cause.ended === undefined
}

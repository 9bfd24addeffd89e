import { z } from 'zod'

const number = (min: number, max: number) => z.number().min(min).max(max)

/** Stream time: seconds since the device's tick 0. */
const timing = {
  atSeconds: z.number().min(0),
  durationSeconds: z.number().positive(),
  /** Happens again with this period. */
  everySeconds: z.number().positive().optional(),
}

const event = <K extends string, P extends z.core.$ZodLooseShape = Record<never, never>>(kind: K, parameters?: P) =>
  z.strictObject({ kind: z.literal(kind), ...timing, ...(parameters ?? ({} as P)) })

/** What the wearer does; rest is the absence of all of them. */
const activities = [
  event('walk'),
  event('run', { toPerMinute: number(90, 210).default(155) }),
  event('stairs', { toPerMinute: number(90, 210).default(165) }),
  /** A cycle or a rowing machine: effort without steps. */
  event('exercise', { toPerMinute: number(80, 210).default(140) }),
  event('sleep'),
] as const

/** What happens to the body. */
const bodyEvents = [
  event('ectopic-beats', {
    origin: z.enum(['ventricular', 'atrial']).default('ventricular'),
    perHour: number(0.1, 2000).default(60),
  }),
  /** Ends after so many beats; absent: lasts as long as the event. */
  event('ventricular-run', { beats: z.int().min(3).max(1000).optional(), perMinute: number(100, 300).default(180) }),
  event('atrial-fibrillation', { perMinute: number(40, 200).default(105) }),
  event('bradycardia', { toPerMinute: number(20, 60).default(38) }),
  /** At rest, of the sinus node. */
  event('tachycardia', { toPerMinute: number(100, 220).default(150) }),
  /** No beat for so long; where that is less than two usual intervals, one beat is missing. */
  event('pause'),
  event('asystole'),
  /** No beats and no pulse but waves at this rate, of this height. */
  event('ventricular-fibrillation', { hz: number(3, 9).default(5), millivolts: number(0.02, 3).default(0.5) }),
  event('st-change', { millivolts: number(-1, 1).default(-0.2) }),
  /** `apnoea`: breathing stops before, and comes back at the end. */
  event('desaturation', { toPercent: number(50, 95).default(82), apnoea: z.boolean().default(false) }),
  /** Core temperature rises over hours and stays until the end. */
  event('fever', { toCelsius: number(37.5, 42).default(39.2) }),
  /** Slow loss of blood; the severity (1: shock of class IV) is reached at the end. */
  event('haemorrhage', { severity: number(0.05, 1).default(0.6) }),
  event('fall'),
  event('convulsion'),
] as const

/** What happens to the sensors and the device. */
const sensorFaults = [
  /** An electrode comes off; the device notices and says so. */
  event('lead-off'),
  /** The whole device lies on a table, and goes on reporting a plausible heart rate. */
  event('off-body', { reportsPerMinute: number(30, 220).default(72), tells: z.boolean().default(false) }),
  /** Movement that shakes electrodes and optics, `strength` 1 a vigorous one. */
  event('motion', { strength: number(0.05, 3).default(1) }),
  /** The amplifier of the ECG and the photodiode are at their end. */
  event('saturation'),
  event('mains-hum', { millivolts: number(0.005, 5).default(0.3), hz: number(16, 60).default(50) }),
  event('baseline-wander', { millivolts: number(0.01, 5).default(0.6) }),
  event('low-battery', { toPercent: number(0, 50).default(5) }),
  /** Nothing is heard of the device although it goes on measuring; what it did not send is lost. */
  event('silence'),
] as const

/**
 * What is made to happen to a synthetic wearer or to its device; the list of them is the ground truth. An event ends before
 * it happens again.
 */
export const eventSchema = z
  .discriminatedUnion('kind', [...activities, ...bodyEvents, ...sensorFaults])
  .refine((event) => event.everySeconds === undefined || event.durationSeconds < event.everySeconds, {
    error: 'must be longer than durationSeconds',
    path: ['everySeconds'],
  })

/** An event as it is written: what has a default may be left out. */
export type SimulatedEvent = z.input<typeof eventSchema>
/** An event with all its parameters. */
export type CompleteEvent = z.output<typeof eventSchema>
export type EventKind = SimulatedEvent['kind']

export const eventKinds: readonly EventKind[] = [...activities, ...bodyEvents, ...sensorFaults].map(
  ({ shape }) => shape.kind.value,
)
/** Kinds that happen to the sensors or the device and not to the wearer. */
export const sensorFaultKinds: readonly EventKind[] = sensorFaults.map(({ shape }) => shape.kind.value)

/** An event that is going on, or starts or ends, within a span. */
export interface Occurrence<K extends EventKind = EventKind, E extends SimulatedEvent = CompleteEvent> {
  event: Extract<E, { kind: K }>
  fromSeconds: number
  /** Exclusive. */
  toSeconds: number
}

/** The occurrence of `kind` that overlaps [from, to), if any; the first in the list where there are several. */
export function occurring<K extends EventKind, E extends SimulatedEvent>(
  events: readonly E[],
  kind: K,
  from: number,
  to: number,
): Occurrence<K, E> | undefined {
  for (const event of events) {
    if (event.kind !== kind || to <= event.atSeconds) continue
    // The latest repetition that starts before `to`; at most one can overlap, as an event is no longer than its period.
    const period = event.everySeconds ?? Infinity
    const repetition = period === Infinity ? 0 : Math.ceil((to - event.atSeconds) / period) - 1
    const fromSeconds = event.atSeconds + (repetition === 0 ? 0 : repetition * period)
    const toSeconds = fromSeconds + event.durationSeconds
    if (fromSeconds < to && from < toSeconds) return { event: event as Extract<E, { kind: K }>, fromSeconds, toSeconds }
  }
  return undefined
}

/** Looks up what is going on; `kind`s that the events do not have cost nothing. */
export type Script = <K extends EventKind>(kind: K, from: number, to: number) => Occurrence<K> | undefined

/**
 * The events of one wearer, ready to be asked second by second.
 * @throws ZodError on an event that is not what `eventSchema` says.
 */
export function eventScript(events: readonly SimulatedEvent[]): Script {
  const byKind = new Map<EventKind, CompleteEvent[]>()
  for (const given of events) {
    const event = eventSchema.parse(given)
    byKind.set(event.kind, [...(byKind.get(event.kind) ?? []), event])
  }
  return (kind, from, to) => {
    const list = byKind.get(kind)
    return list && occurring(list, kind, from, to)
  }
}

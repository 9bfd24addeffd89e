import { z } from 'zod'
import { signalNames } from '../firmware-bridge/signals.ts'
import { limitChanges, limitNames } from './limits.ts'

export { limitChanges }

/**
 * The contract between a gateway and everything that listens to it: what goes over MQTT, into the store and out of the
 * API. Types, checks and JSON Schema come from these declarations alone.
 */
export const schemaVersion = 1

const versioned = { schemaVersion: z.literal(schemaVersion) }
/** ISO 8601 UTC; gateway time, estimated from stream time and fixed at its first write. */
const instant = z.iso.datetime({ precision: 3 })
/** A moment that a person or program names: ISO 8601 with any offset, kept in UTC with milliseconds. */
const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString())
/** A name without characters that MQTT, InfluxDB or a file system would read as something else. */
export const identifier = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, '1 to 64 letters, digits, ".", "_", "-", starting with a letter or digit')
export const signalName = z.enum(signalNames)

export const priorities = ['low', 'medium', 'high'] as const
/**
 * IEC 62682 terms. `returned-unacknowledged`: the cause is over, nobody has acknowledged it yet. `normal`: over and
 * acknowledged, or over and not to be acknowledged. The last three stand for a cause that holds and is not announced:
 * `shelved` by a person for a while, `suppressed` by a rule of the table, `out-of-service` by a person until further notice.
 */
export const alarmStates = [
  'active-unacknowledged',
  'active-acknowledged',
  'returned-unacknowledged',
  'normal',
  'shelved',
  'suppressed',
  'out-of-service',
] as const

export const alarmCodes = [
  'ecg-anomaly',
  'vitals-anomaly',
  'heart-rate-high-at-rest',
  'spo2-low',
  'no-beats',
  'pause',
  'ventricular-run',
  'fibrillation',
  'irregular-rhythm',
  'heart-rate-extreme',
  'heart-rate-low',
  'temperature-high',
  'temperature-low',
  'blood-pressure-high',
  'blood-pressure-low',
  'respiration-rate-high',
  'respiration-rate-low',
  'early-warning-high',
  'early-warning',
  'early-warning-single',
  'fall',
  'convulsion',
  'past-event',
  'lead-off',
  'off-body',
  'no-pulse',
  'signal-missing',
  'ecg-unreadable',
  'data-gap',
  'late-data',
  'clock-step',
  'device-silent',
  'device-off',
  'device-restarted',
  'gateway-restarted',
  'gateway-silent',
  'gateway-clock-step',
  'nobody-listening',
  'outbox-full',
  'data-file-repaired',
  'data-file-unwritable',
  'destination-unreachable',
  'source-unreachable',
] as const
export type AlarmCode = (typeof alarmCodes)[number]

/** What the text is made from; numbers carry their unit in the name. */
const params = z.record(z.string(), z.union([z.number(), z.string()]))

/** Share of a score by part of the input; the values sum to the score. */
const attribution = z.record(z.string(), z.number())
/** By the same parts: whether what was measured lies above or below what the model would expect. */
const direction = z.record(z.string(), z.enum(['higher', 'lower']))

export const person = z.string().min(1).max(100)
export const reason = z.string().min(1).max(1000)

export const acknowledgement = z.object({
  by: person,
  comment: z.string().max(1000).optional(),
  at: instant,
})

const streamTime = z.object({ device: identifier, bootId: z.int(), tick: z.int() })
const evidence = z.object({
  detector: z.string(),
  modelHash: z.string().optional(),
  score: z.number().optional(),
  threshold: z.number().optional(),
  attribution: attribution.optional(),
  direction: direction.optional(),
})

/** One of the things that an alarm is about: what one detector found at one device. */
export const causeSchema = z.object({
  code: z.enum(alarmCodes),
  /** Absent: the gateway itself. */
  device: identifier.optional(),
  /** Tells apart causes of one code at one device, such as the signal that is missing. */
  about: z.string().max(100).optional(),
  params,
  priority: z.enum(priorities),
  /** Onset, of the first time. */
  at: instant,
  streamTime: streamTime.optional(),
  /** Absent while it holds. */
  endedAt: instant.optional(),
  /** Last device tick at which it held, if it ended by data. */
  endedTick: z.int().optional(),
  evidence: evidence.optional(),
  /** How often it began; absent: once. */
  times: z.int().min(2).optional(),
})
export type Cause = z.infer<typeof causeSchema>

export const alarmSchema = z.object({
  ...versioned,
  /** Made of code and stream time alone: the same input gives the same id. */
  id: z.string().min(1).max(200),
  gateway: identifier,
  /** Absent: the alarm is about the gateway itself. */
  wearer: identifier.optional(),
  devices: z.array(identifier),
  type: z.enum(['physiological', 'technical']),
  code: z.enum(alarmCodes),
  params,
  priority: z.enum(priorities),
  state: z.enum(alarmStates),
  /** Onset. */
  at: instant,
  /** Onset in stream time; absent where the monitoring itself raised the alarm (silence). */
  streamTime: streamTime.optional(),
  /** All that it is about, in the order found; `code`, `params`, `priority` and `evidence` are those of the most important. */
  causes: z.array(causeSchema).optional(),
  /** When the cause was over. */
  endedAt: instant.optional(),
  /** Last device tick at which the cause held, if it ended by data. */
  endedTick: z.int().optional(),
  /** The first acknowledgement of what was announced last. */
  acknowledged: acknowledgement.optional(),
  /** All that were ever given, by time. */
  acknowledgements: z.array(acknowledgement).optional(),
  /** When something was last announced by this alarm, in gateway time, and with which revision. */
  announced: z.object({ at: instant, revision: z.int() }).optional(),
  /** Until when it makes no sound. */
  audioPaused: z.object({ by: person, at: instant, until: instant }).optional(),
  shelved: z.object({ by: person, why: reason, at: instant, until: instant }).optional(),
  /** The alarm at the same device that explains this one. */
  suppressedBy: z.enum(alarmCodes).optional(),
  /** Since when; without: it stands in the configuration. */
  outOfService: z.object({ by: person, why: reason, at: instant.optional() }).optional(),
  /** How far it was passed on while nobody acknowledged it; never falls. */
  escalation: z.object({ level: z.int().min(1), at: instant }).optional(),
  /** Derived from `code` and `params`, in English. */
  text: z.string(),
  evidence: evidence.optional(),
  /** In the gateway's folder of evidence: a file for each time that it was announced, from which that can be replayed. */
  evidenceFiles: z.array(z.string().max(300)).optional(),
  /** Counts the changes of this alarm; a message with a lower one is older. */
  revision: z.int().min(1),
})
export type Alarm = z.infer<typeof alarmSchema>

/** Vital signs of one wearer over a span of stream time. */
export const summarySchema = z.object({
  ...versioned,
  gateway: identifier,
  wearer: identifier,
  /** 1 or 60 seconds. */
  spanSeconds: z.union([z.literal(1), z.literal(60)]),
  /** Start of the span. */
  at: instant,
  /** Mean of each signal over the span, in the signal's unit; a signal without a sample is absent. */
  means: z.partialRecord(signalName, z.number()),
  /** Highest anomaly score in the span, and the threshold it is held against. */
  score: z.number().optional(),
  threshold: z.number().optional(),
  /** Seconds of the span in which the wearer was assessable, and in which anything arrived. */
  assessableSeconds: z.number().min(0),
  beats: z.int().min(0),
  anomalousBeats: z.int().min(0),
  /** Beats like ventricular and like supraventricular ectopic ones: a burden to follow over hours, never an alarm. */
  ventricularBeats: z.int().min(0).optional(),
  supraventricularBeats: z.int().min(0).optional(),
  /** Of a minute only: variability of normal intervals over the five minutes up to its end; absent where these are too few. */
  rmssdMillis: z.number().min(0).optional(),
  sdnnMillis: z.number().min(0).optional(),
})
export type Summary = z.infer<typeof summarySchema>

/** How often somebody was called to a wearer in the last 24 hours or since the first minute: few alarms mean little without coverage. */
const alarmRateSchema = z.object({
  /** Gateway time that it speaks of. */
  hours: z.number().min(0),
  /** Share of it in which the wearer was assessable, 0 to 1. */
  coverage: z.number().min(0).max(1),
  /** Alarms that were announced. */
  physiological: z.int().min(0),
  technical: z.int().min(0),
})
export type AlarmRate = z.infer<typeof alarmRateSchema>

/** Whether somebody is being watched: the most important line on the wall. */
export const wearerStatusSchema = z.object({
  ...versioned,
  gateway: identifier,
  id: identifier,
  devices: z.array(identifier),
  /** Exactly one of these two is there. */
  watchingSince: instant.optional(),
  notWatchingBecause: z.string().optional(),
  /** Of several devices: what stands in the way of watching through the others. */
  watchingWithout: z.array(z.string()).optional(),
  /** Share of the time since the first sample in which the wearer was assessable, 0 to 1. */
  coverage: z.number().min(0).max(1),
  /** Absent before the first minute. */
  alarmRate: alarmRateSchema.optional(),
  vitals: z.partialRecord(signalName, z.object({ value: z.number(), unit: z.string(), at: instant })),
  /** NEWS2 (Royal College of Physicians 2017); absent before the first value. */
  earlyWarning: z
    .union([
      z.object({
        at: instant,
        /** Only with all seven inputs; otherwise it is `atLeast` so much, and `missing` names what is not known. */
        total: z.int().optional(),
        atLeast: z.int(),
        missing: z.array(z.string()),
        /** Inputs that alone give 3 points. */
        threes: z.array(z.string()),
        points: z.record(z.string(), z.int()),
        /** 2: prescribed for this wearer. */
        spo2Scale: z.literal([1, 2]),
      }),
      z.object({ at: instant, notGivenBecause: z.string() }),
    ])
    .optional(),
  /** Limits that somebody has set for this wearer; absent: those for everybody hold. */
  limits: z
    .array(
      z.object({
        name: z.enum(limitNames),
        limit: z.number(),
        setBy: person,
        /** When; absent: it stands in the configuration. */
        at: instant.optional(),
        reason: reason.optional(),
      }),
    )
    .optional(),
})
export type WearerStatus = z.infer<typeof wearerStatusSchema>

/** How well the gateway knows when a device measured. What is absent is not known yet. */
const clockQualitySchema = z.object({
  /** Whose clock its time is from: its own, or that of the arrival of its first samples. */
  source: z.enum(['device', 'arrival']),
  /** How much its clock is slow against the gateway's, parts per million. */
  driftPpm: z.number().optional(),
  /** Its time minus that at which the gateway gets what had waited least, integer µs: far from 0, its clock is wrong. */
  offsetMicros: z.int().optional(),
  /** Typical error besides what all arrivals waited alike, integer µs. */
  uncertaintyMicros: z.int().optional(),
})
export type ClockQuality = z.infer<typeof clockQualitySchema>

export const deviceStatusSchema = z.object({
  id: identifier,
  /** The wearer it is assigned to now, if any. */
  wearer: identifier.optional(),
  source: z.string(),
  lastHeardAt: instant,
  records: z.int(),
  lostFrames: z.int(),
  duplicates: z.int(),
  batteryPercent: z.number().optional(),
  /** Absent before the first sample. */
  clock: clockQualitySchema.optional(),
})
export type DeviceStatus = z.infer<typeof deviceStatusSchema>

export const heartbeatSchema = z.object({
  ...versioned,
  gateway: identifier,
  state: z.enum(['online', 'offline']),
  at: instant.optional(),
})
export type Heartbeat = z.infer<typeof heartbeatSchema>

/** What a gateway says of itself every five seconds; fields may be added, none is taken away within a version. */
export const healthMessageSchema = heartbeatSchema.extend({
  health: z.looseObject({
    status: z.enum(['ok', 'degraded', 'failing']),
    gateway: identifier,
    startedAt: instant,
    broker: z.object({ connected: z.boolean() }),
    /** Who hears alarms now. */
    listening: z.object({ people: z.int().min(0), destinations: z.int().min(0) }),
    /** By name of the source, the destination; by reason what was refused. */
    sources: z.record(z.string(), z.looseObject({ connected: z.boolean(), since: instant })),
    sinks: z.record(z.string(), z.looseObject({ sent: z.int(), failures: z.int(), refused: z.int() })),
    outbox: z.looseObject({ bytes: z.number(), maxBytes: z.number() }),
    counts: z.record(z.string(), z.int()),
    refused: z.record(z.string(), z.object({ count: z.int(), lastAt: instant })),
    devices: z.record(z.string(), z.int()),
  }),
})

/** Whether a device is heard. It says nothing while the gateway itself is offline. */
export const availabilitySchema = z.object({
  ...versioned,
  gateway: identifier,
  device: identifier,
  state: z.enum(['online', 'offline']),
  lastHeardAt: instant,
})
export type Availability = z.infer<typeof availabilitySchema>

/** Said at least every ten seconds on `responders/<name>`, not retained, by whoever shows the gateway's alarms to people. */
export const responderSchema = z.object({
  ...versioned,
  responder: identifier,
  /** Who may answer alarms there now, such as open pages; 0: nobody any more. */
  people: z.int().min(0).max(100_000),
})
export type Responder = z.infer<typeof responderSchema>

export const assignmentSchema = z
  .object({
    device: identifier,
    wearer: identifier,
    /** From this moment on; absent: since ever. */
    from: moment.optional(),
    /** Up to this moment, exclusive; absent: until further notice. */
    to: moment.optional(),
  })
  .refine((a) => a.from === undefined || a.to === undefined || a.from < a.to, {
    error: '"to" must be later than "from"',
    path: ['to'],
  })
export type Assignment = z.infer<typeof assignmentSchema>

function eitherOne({ wearer, device }: { wearer?: string | undefined; device?: string | undefined }): boolean {
  return (wearer === undefined) !== (device === undefined)
}

/** Requests to a gateway; each is answered once on `response/<requestId>`. */
export const requestSchema = z.discriminatedUnion('action', [
  z.object({
    ...versioned,
    requestId: identifier,
    action: z.literal('acknowledge'),
    alarm: z.string().min(1),
    by: person,
    comment: z.string().max(1000).optional(),
    /** When the person did it, where the request had to wait; absent: now. */
    at: moment.optional(),
    /** Of the alarm as the person saw it: what was announced after it is not acknowledged. */
    revision: z.int().min(1).optional(),
  }),
  /** No sound of what stands now; whatever is announced later sounds. */
  z.object({
    ...versioned,
    requestId: identifier,
    action: z.literal('pause-audio'),
    /** Absent: everything of this gateway. */
    wearer: identifier.optional(),
    seconds: z.int().min(1).max(600),
    by: person,
  }),
  /** Alarms of one code of one wearer are not announced for a while; they come back by themselves. */
  z.object({
    ...versioned,
    requestId: identifier,
    action: z.literal('shelve'),
    /** Absent: alarms about the gateway itself. */
    wearer: identifier.optional(),
    code: z.enum(alarmCodes),
    seconds: z
      .int()
      .min(1)
      .max(12 * 3600),
    by: person,
    why: reason,
  }),
  z.object({
    ...versioned,
    requestId: identifier,
    action: z.literal('unshelve'),
    wearer: identifier.optional(),
    code: z.enum(alarmCodes),
    by: person,
  }),
  /** Technical alarms of a wearer or device are not announced until it is back in service. */
  z
    .object({
      ...versioned,
      requestId: identifier,
      action: z.literal('out-of-service'),
      wearer: identifier.optional(),
      device: identifier.optional(),
      by: person,
      why: reason,
    })
    .refine(eitherOne, { error: 'either wearer or device' }),
  z
    .object({
      ...versioned,
      requestId: identifier,
      action: z.literal('in-service'),
      wearer: identifier.optional(),
      device: identifier.optional(),
      by: person,
    })
    .refine(eitherOne, { error: 'either wearer or device' }),
  z.object({ ...versioned, requestId: identifier, action: z.literal('assign'), assignment: assignmentSchema }),
  z.object({
    ...versioned,
    requestId: identifier,
    action: z.literal('release'),
    device: identifier,
    /** Absent: now. */
    at: moment.optional(),
  }),
  /** What only a person can tell of a wearer, for the early-warning score; what is absent stays as it was. */
  z
    .object({
      ...versioned,
      requestId: identifier,
      action: z.literal('observe'),
      wearer: identifier,
      by: z.string().min(1).max(100),
      /** When it was observed; absent: now. */
      at: moment.optional(),
      /** Alert, new confusion, responds to voice, to pain, unresponsive. */
      consciousness: z.enum(['A', 'C', 'V', 'P', 'U']).optional(),
      breathes: z.enum(['air', 'oxygen']).optional(),
      /** 2 (target 88 to 92 %) only where it was prescribed. */
      spo2Scale: z.literal([1, 2]).optional(),
      prescribedBy: z.string().min(1).max(100).optional(),
      ageYears: z.int().min(0).max(130).optional(),
      pregnant: z.boolean().optional(),
    })
    .refine((observed) => observed.spo2Scale !== 2 || observed.prescribedBy !== undefined, {
      error: 'who has prescribed scale 2',
      path: ['prescribedBy'],
    }),
  /** Limits of one wearer from now on, instead of the configuration's; `null` takes one back. They stand in the wearer's status. */
  z.object({
    ...versioned,
    requestId: identifier,
    action: z.literal('set-limits'),
    wearer: identifier,
    by: person,
    reason: reason.optional(),
    limits: limitChanges,
  }),
  z.object({ ...versioned, requestId: identifier, action: z.literal('list-devices') }),
  /** The file from which an alarm can be replayed (`vital-edge replay-evidence`), in parts: from `offset` on. */
  z.object({
    ...versioned,
    requestId: identifier,
    action: z.literal('get-evidence'),
    alarm: z.string().min(1),
    /** One of its `evidenceFiles`; absent: the first. */
    file: z.string().max(300).optional(),
    /** Bytes. */
    offset: z.int().min(0).default(0),
  }),
])
export type Request = z.infer<typeof requestSchema>

export const responseSchema = z.discriminatedUnion('ok', [
  z.object({
    ...versioned,
    requestId: identifier,
    ok: z.literal(true),
    alarm: alarmSchema.optional(),
    /** All that a request changed, where it may be several. */
    alarms: z.array(alarmSchema).optional(),
    devices: z.array(deviceStatusSchema).optional(),
    assignments: z.array(assignmentSchema).optional(),
    /** A part of a file of evidence, and the bytes of the whole. */
    evidence: z.object({ base64: z.base64(), totalBytes: z.int() }).optional(),
  }),
  z.object({
    ...versioned,
    requestId: identifier,
    ok: z.literal(false),
    /** `not-found`: no such alarm or device. `invalid`: the request says what was wrong. */
    error: z.enum(['not-found', 'invalid', 'failed']),
    detail: z.string(),
  }),
])
export type Response = z.infer<typeof responseSchema>

/**
 * MQTT topics below `<base>/<gateway>` (`base` is configured, `vital-edge` by default).
 * Retained: `bridge/state` (with last will), `bridge/health`, `devices/<id>/availability`, `alarms/<id>` until the alarm is back to normal,
 * `wearers/<id>/status`. Not retained: `wearers/<id>/summary`, `request`, `response/<requestId>`, `responders/<name>`.
 */
export function topics(base: string, gateway: string) {
  const root = `${base}/${gateway}`
  return {
    state: `${root}/bridge/state`,
    health: `${root}/bridge/health`,
    availability: (device: string) => `${root}/devices/${device}/availability`,
    alarm: (id: string) => `${root}/alarms/${id}`,
    wearerStatus: (wearer: string) => `${root}/wearers/${wearer}/status`,
    wearerSummary: (wearer: string) => `${root}/wearers/${wearer}/summary`,
    request: `${root}/request`,
    response: (requestId: string) => `${root}/response/${requestId}`,
    responder: (name: string) => `${root}/responders/${name}`,
  }
}

/** What the gateway hands over for storage. */
export type Stored = { kind: 'alarm'; alarm: Alarm } | { kind: 'summary'; summary: Summary }

/** A destination's answer that these items will never be taken, whenever they come: trying again would hold up the rest. */
export class RefusedForGood extends Error {
  override name = 'RefusedForGood'
}

/**
 * A destination outside the gateway. `write` resolves when the destination has confirmed every item (only then do they
 * leave the outbox) and rejects otherwise, with `RefusedForGood` if trying again is of no use; writing an item twice must leave the same result as writing it once.
 */
export interface Sink {
  readonly name: string
  /** What it wants; absent: everything. */
  readonly takes?: 'alarms'
  /** Whether what it confirms reaches somebody who can act on it; absent: it keeps or passes on. */
  readonly audience?: 'people'
  /** Of alarms only those that were escalated so far (`escalation.level`); absent or 0: all, at once. */
  readonly fromLevel?: number
  /** Most items that it takes at once; absent: as many as there are. */
  readonly maxItems?: number
  write(items: readonly Stored[]): Promise<void>
  stop(): Promise<void>
}

/**
 * Names in the store, for whoever writes and whoever reads. Every tag is of low cardinality; what changes during an alarm's
 * life is a field, so that a later revision overwrites the earlier one.
 */
export const series = {
  alarms: { measurement: 'alarms', tags: ['gateway', 'wearer', 'device', 'code'] },
  /** Summaries of 1 s and of 60 s, in two measurements. */
  summaries: (spanSeconds: 1 | 60) => ({ measurement: `summary_${spanSeconds}s`, tags: ['gateway', 'wearer'] }),
} as const

import { FieldType } from 'influx'
import type { IPoint, ISchemaOptions } from 'influx'
import { series, signalName } from '../../edge/messages.ts'
import type { Alarm, Summary } from '../../edge/messages.ts'
import { nanosecondsPerMillisecond, ordinal } from './ordinal.ts'

/** How messages become points of InfluxDB and come back. Tags and names are those of `series` in `edge/messages.ts`. */
const signalFields = signalName.options
/** Numbers that not every summary has. */
const rareFields = [
  'score',
  'threshold',
  'ventricularBeats',
  'supraventricularBeats',
  'rmssdMillis',
  'sdnnMillis',
] as const
export const summaryFields = [...signalFields, ...rareFields, 'assessableSeconds', 'beats', 'anomalousBeats'] as const

const summarySchemaOf = (spanSeconds: 1 | 60): ISchemaOptions => ({
  measurement: series.summaries(spanSeconds).measurement,
  tags: [...series.summaries(spanSeconds).tags],
  fields: {
    ...Object.fromEntries(summaryFields.map((name) => [name, FieldType.FLOAT])),
    beats: FieldType.INTEGER,
    anomalousBeats: FieldType.INTEGER,
    ventricularBeats: FieldType.INTEGER,
    supraventricularBeats: FieldType.INTEGER,
  },
})

export const influxSchema: ISchemaOptions[] = [
  {
    measurement: series.alarms.measurement,
    tags: [...series.alarms.tags],
    fields: {
      id: FieldType.STRING,
      json: FieldType.STRING,
      revision: FieldType.INTEGER,
      type: FieldType.STRING,
      priority: FieldType.STRING,
      state: FieldType.STRING,
      text: FieldType.STRING,
      acknowledgedBy: FieldType.STRING,
      endedAt: FieldType.STRING,
      score: FieldType.FLOAT,
      threshold: FieldType.FLOAT,
    },
  },
  summarySchemaOf(1),
  summarySchemaOf(60),
]

export interface AlarmTags {
  gateway: string
  /** `null`, like an empty device: an alarm about the gateway itself. */
  wearer: string | null
  device: string | null
  code: string
}

/**
 * The point of an alarm: the whole of it as JSON in one field for us, and typed fields for Grafana.
 *
 * @param stored the tags under which an earlier revision lies: a device that joined later makes no second point
 */
export function alarmPoint(alarm: Alarm, stored?: AlarmTags): IPoint {
  const device = stored ? stored.device : (alarm.devices[0] ?? null)
  const wearer = stored ? stored.wearer : (alarm.wearer ?? null)
  return {
    measurement: series.alarms.measurement,
    tags: {
      gateway: stored?.gateway ?? alarm.gateway,
      code: stored?.code ?? alarm.code,
      ...(wearer === null ? {} : { wearer }),
      ...(device === null ? {} : { device }),
    },
    fields: {
      id: safeField(alarm.id),
      // The client adds a backslash before the first \' of a field, which would break the JSON: so it gets no '.
      json: JSON.stringify(alarm).replaceAll("'", '\\u0027'),
      revision: alarm.revision,
      type: alarm.type,
      priority: alarm.priority,
      state: alarm.state,
      text: safeField(alarm.text),
      // Fields of a point are merged, so what may go away again is written as empty.
      acknowledgedBy: safeField(alarm.acknowledged?.by ?? ''),
      endedAt: alarm.endedAt ?? '',
      score: alarm.evidence?.score,
      threshold: alarm.evidence?.threshold,
    },
    timestamp: String(ordinal(alarm.at, alarm.id)),
  }
}

export function summaryPoint(summary: Summary): IPoint {
  const { gateway, wearer, spanSeconds, at, means, assessableSeconds, beats, anomalousBeats } = summary
  const rare = Object.fromEntries(rareFields.map((name) => [name, summary[name]]))
  return {
    measurement: series.summaries(spanSeconds).measurement,
    tags: { gateway, wearer },
    fields: { ...means, ...rare, assessableSeconds, beats, anomalousBeats },
    timestamp: String(BigInt(Date.parse(at)) * nanosecondsPerMillisecond),
  }
}

/** The summary that a row of its measurement stands for; still to be checked against the schema. */
export function toSummary(
  row: { gateway: string; wearer: string } & Partial<Record<(typeof summaryFields)[number], number | null>>,
  atMs: number,
  spanSeconds: 1 | 60,
): unknown {
  const present = <Name extends (typeof summaryFields)[number]>(names: readonly Name[]) =>
    Object.fromEntries(names.flatMap((name) => (typeof row[name] === 'number' ? [[name, row[name]]] : [])))
  return {
    schemaVersion: 1,
    gateway: row.gateway,
    wearer: row.wearer,
    spanSeconds,
    at: new Date(atMs).toISOString(),
    means: present(signalFields),
    ...present(rareFields),
    assessableSeconds: row.assessableSeconds,
    beats: row.beats,
    anomalousBeats: row.anomalousBeats,
  }
}

/** Line protocol knows no control characters, and the client mangles a backslash before an apostrophe. */
export function safeField(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]/g, ' ').replaceAll("\\'", "'")
}

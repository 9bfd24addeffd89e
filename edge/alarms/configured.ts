import { z } from 'zod'
import { alarmCodes, person, priorities, reason, type Alarm, type AlarmCode } from '../messages.ts'
import { alarmTable, type AlarmRow, type AlarmTable, type Rule } from './table.ts'

/** Alarms of a heart that does not beat: they may be less loud, never away. */
const arrests: ReadonlySet<AlarmCode> = new Set(['no-beats', 'ventricular-run', 'fibrillation'])
/** Not raised by the gateway. */
const elsewhere: ReadonlySet<AlarmCode> = new Set(['gateway-silent'])
/** Longest onset, s: of what the table calls high, and of the rest. */
const longestOnset = { high: 60, other: 600 }

const settingSchema = z.strictObject({
  priority: z.enum(priorities).optional(),
  /** Of alarms that must hold for a time: for how long before they are told, and for how long without before they are over. */
  onsetSeconds: z.number().min(0).max(longestOnset.other).optional(),
  offSeconds: z.number().min(0).max(3600).optional(),
  /** Of alarms that count: on at `n` of the last `of`, over at `overAt` of them or fewer. */
  nOfM: z
    .strictObject({
      n: z.int().min(1).max(100),
      of: z.int().min(1).max(100),
      overAt: z.int().min(0).max(99),
    })
    .refine(({ n, of, overAt }) => overAt < n && n <= of, { error: 'overAt < n and n <= of' })
    .optional(),
  latching: z.boolean().optional(),
  /** Never announced, at nobody; who has decided so and why stands in each of them. */
  outOfService: z.strictObject({ by: person, why: reason }).optional(),
  /** Who answers for it that a high-priority alarm is lower, later, gone when it is over, or not announced. */
  riskAcceptedBy: person.optional(),
})
export type AlarmSetting = z.infer<typeof settingSchema>

/** By code, what is otherwise than in the table; checked against it. */
export const alarmSettingsSchema = z
  .partialRecord(z.enum(alarmCodes), settingSchema)
  .superRefine((settings, context) => {
    for (const [code, setting] of Object.entries(settings) as [AlarmCode, AlarmSetting][])
      for (const { at, expected } of mistakes(code, setting))
        context.addIssue({ code: 'custom', path: [code, ...at], message: expected })
  })
  .prefault({})
export type AlarmSettings = z.infer<typeof alarmSettingsSchema>

/** The table of alarms with these settings. */
export function configuredTable(settings: AlarmSettings, table: AlarmTable = alarmTable): AlarmTable {
  const changed = (Object.entries(settings) as [AlarmCode, AlarmSetting][]).map(([code, setting]) => [
    code,
    configuredRow(table[code], setting),
  ])
  return { ...table, ...(Object.fromEntries(changed) as Partial<AlarmTable>) }
}

function configuredRow(row: AlarmRow, { priority, latching, outOfService, ...setting }: AlarmSetting): AlarmRow {
  return {
    ...row,
    priority: priority ?? row.priority,
    latching: latching ?? row.latching,
    rule: configuredRule(row.rule, setting),
    ...(outOfService !== undefined && { outOfService }),
  }
}

function configuredRule(rule: Rule, { onsetSeconds, offSeconds, nOfM }: AlarmSetting): Rule {
  switch (rule.kind) {
    case 'at-once':
      return rule
    case 'hold':
      return { ...rule, onSeconds: onsetSeconds ?? rule.onSeconds, offSeconds: offSeconds ?? rule.offSeconds }
    case 'count':
      return nOfM === undefined ? rule : { ...rule, of: nOfM.of, onAtLeast: nOfM.n, offAtMost: nOfM.overAt }
  }
}

/** What a setting may not be, and where. */
function mistakes(code: AlarmCode, setting: AlarmSetting): { at: (keyof AlarmSetting)[]; expected: string }[] {
  const { rule, priority: usual, latching } = alarmTable[code]
  const wrong: { at: (keyof AlarmSetting)[]; expected: string }[] = []
  const unless = (right: boolean, at: keyof AlarmSetting, expected: string): void => {
    if (!right && setting[at] !== undefined) wrong.push({ at: [at], expected })
  }
  if (elsewhere.has(code)) return [{ at: [], expected: 'an alarm that gateways raise' }]
  unless(rule.kind === 'hold', 'onsetSeconds', 'nothing, as this alarm does not wait for its cause to hold')
  unless(rule.kind === 'hold', 'offSeconds', 'nothing, as this alarm does not wait for its cause to be over')
  unless(rule.kind === 'count', 'nOfM', 'nothing, as this alarm does not count')
  unless(!arrests.has(code), 'outOfService', 'nothing: an alarm of cardiac arrest is always announced')
  unless(!arrests.has(code) || setting.priority !== 'low', 'priority', 'high or medium, as for cardiac arrest')
  if (usual !== 'high') return wrong
  const { high } = longestOnset
  unless((setting.onsetSeconds ?? 0) <= high, 'onsetSeconds', `<= ${high}, as its priority is high`)
  const weaker =
    (setting.priority ?? 'high') !== 'high' ||
    setting.outOfService !== undefined ||
    (latching && setting.latching === false) ||
    (rule.kind === 'hold' && (setting.onsetSeconds ?? 0) > rule.onSeconds) ||
    (rule.kind === 'count' && (setting.nOfM?.n ?? 0) > rule.onAtLeast)
  if (weaker && setting.riskAcceptedBy === undefined)
    wrong.push({ at: ['riskAcceptedBy'], expected: 'who answers for it, as this weakens a high-priority alarm' })
  return wrong
}

/** Who has taken all alarms of a code out of service, by the table in force. */
export function outOfServiceByCode(table: AlarmTable, codes: readonly AlarmCode[]): Alarm['outOfService'] {
  const each = codes.map((code) => table[code].outOfService)
  return each.every((service) => service !== undefined) ? each[0] : undefined
}

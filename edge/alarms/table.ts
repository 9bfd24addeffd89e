import type { Alarm, AlarmCode } from '../messages.ts'

/** When a cause becomes an alarm, and when the alarm's cause is over. */
export type Rule =
  /** At once, and over at once. */
  | { kind: 'at-once' }
  /** Over the last `of` findings: on at `onAtLeast` abnormal ones, over at `offAtMost`. */
  | { kind: 'count'; of: number; onAtLeast: number; offAtMost: number }
  /** On when it has held for `onSeconds` of stream time without a normal finding, over after `offSeconds` without an abnormal one. */
  | { kind: 'hold'; onSeconds: number; offSeconds: number }

export interface AlarmRow {
  type: Alarm['type']
  priority: Alarm['priority']
  rule: Rule
  /** Whether it stands until somebody acknowledges it although it is over. */
  latching: boolean
  /** Causes of one group that hold at the same wearer together are one alarm; absent: each is its own. */
  group?: string
  /** What explains it where it holds at the same device already: it is then not announced for as long as that does. */
  suppressedBy?: readonly AlarmCode[]
  /** By whose configuration it is never announced, and why; absent: it is. */
  outOfService?: { by: string; why: string }
}

export type AlarmTable = Readonly<Record<AlarmCode, AlarmRow>>

/** Every alarm that there is. Priorities after IEC 60601-1-8: how soon harm may follow if nobody comes. */
export const alarmTable: AlarmTable = {
  'no-beats': { type: 'physiological', priority: 'high', rule: { kind: 'at-once' }, latching: true, group: 'rhythm' },
  'ventricular-run': {
    type: 'physiological',
    priority: 'high',
    rule: { kind: 'at-once' },
    latching: true,
    group: 'rhythm',
  },
  fibrillation: { type: 'physiological', priority: 'high', rule: { kind: 'at-once' }, latching: true, group: 'rhythm' },
  pause: { type: 'physiological', priority: 'medium', rule: { kind: 'at-once' }, latching: true, group: 'rhythm' },
  'irregular-rhythm': {
    type: 'physiological',
    priority: 'medium',
    rule: { kind: 'hold', onSeconds: 30, offSeconds: 60 },
    latching: true,
    group: 'rhythm',
    suppressedBy: ['lead-off', 'off-body'],
  },
  'heart-rate-extreme': {
    type: 'physiological',
    priority: 'high',
    rule: { kind: 'hold', onSeconds: 10, offSeconds: 10 },
    latching: true,
    group: 'rhythm',
  },
  'heart-rate-low': {
    type: 'physiological',
    priority: 'medium',
    rule: { kind: 'hold', onSeconds: 15, offSeconds: 15 },
    latching: true,
    group: 'rhythm',
    suppressedBy: ['off-body'],
  },
  // May be taken once a day: nothing to wait for.
  'temperature-high': {
    type: 'physiological',
    priority: 'medium',
    rule: { kind: 'at-once' },
    latching: true,
    group: 'temperature',
    suppressedBy: ['off-body'],
  },
  'temperature-low': {
    type: 'physiological',
    priority: 'medium',
    rule: { kind: 'at-once' },
    latching: true,
    group: 'temperature',
    suppressedBy: ['off-body'],
  },
  'blood-pressure-high': {
    type: 'physiological',
    priority: 'medium',
    rule: { kind: 'at-once' },
    latching: true,
    group: 'blood-pressure',
    suppressedBy: ['off-body'],
  },
  'blood-pressure-low': {
    type: 'physiological',
    priority: 'medium',
    rule: { kind: 'at-once' },
    latching: true,
    group: 'blood-pressure',
    suppressedBy: ['off-body'],
  },
  'respiration-rate-high': {
    type: 'physiological',
    priority: 'medium',
    rule: { kind: 'hold', onSeconds: 60, offSeconds: 60 },
    latching: true,
    group: 'breathing',
    suppressedBy: ['off-body'],
  },
  'respiration-rate-low': {
    type: 'physiological',
    priority: 'medium',
    rule: { kind: 'hold', onSeconds: 60, offSeconds: 60 },
    latching: true,
    group: 'breathing',
    suppressedBy: ['off-body'],
  },
  // Of medians of a minute, twice a minute: nothing to wait for to begin, but for it to stay over.
  'early-warning-high': {
    type: 'physiological',
    priority: 'high',
    rule: { kind: 'hold', onSeconds: 30, offSeconds: 300 },
    latching: true,
    group: 'early-warning',
  },
  'early-warning': {
    type: 'physiological',
    priority: 'medium',
    rule: { kind: 'hold', onSeconds: 30, offSeconds: 300 },
    latching: true,
    group: 'early-warning',
  },
  'early-warning-single': {
    type: 'physiological',
    priority: 'low',
    rule: { kind: 'hold', onSeconds: 30, offSeconds: 300 },
    latching: true,
    group: 'early-warning',
  },
  'spo2-low': {
    type: 'physiological',
    priority: 'high',
    rule: { kind: 'hold', onSeconds: 8, offSeconds: 10 },
    latching: true,
    group: 'breathing',
    suppressedBy: ['off-body'],
  },
  'heart-rate-high-at-rest': {
    type: 'physiological',
    priority: 'medium',
    rule: { kind: 'hold', onSeconds: 10, offSeconds: 10 },
    latching: true,
    group: 'rhythm',
    suppressedBy: ['off-body'],
  },
  'ecg-anomaly': {
    type: 'physiological',
    priority: 'medium',
    rule: { kind: 'count', of: 12, onAtLeast: 5, offAtMost: 1 },
    latching: true,
    group: 'rhythm',
    suppressedBy: ['lead-off', 'off-body'],
  },
  // Three windows in a row, one a minute.
  'vitals-anomaly': {
    type: 'physiological',
    priority: 'low',
    rule: { kind: 'hold', onSeconds: 120, offSeconds: 300 },
    latching: true,
    group: 'vitals',
    suppressedBy: ['off-body'],
  },
  fall: { type: 'physiological', priority: 'medium', rule: { kind: 'at-once' }, latching: true, group: 'fall' },
  convulsion: {
    type: 'physiological',
    priority: 'high',
    rule: { kind: 'at-once' },
    latching: true,
    group: 'convulsion',
  },
  // Over when it is told; its priority says how soon somebody should ask how the wearer is.
  'past-event': { type: 'physiological', priority: 'medium', rule: { kind: 'at-once' }, latching: true },
  'clock-step': { type: 'technical', priority: 'low', rule: { kind: 'at-once' }, latching: false },
  'gateway-clock-step': { type: 'technical', priority: 'low', rule: { kind: 'at-once' }, latching: false },
  // Also when somebody has come: that nobody was there before is worth knowing.
  'nobody-listening': { type: 'technical', priority: 'medium', rule: { kind: 'at-once' }, latching: true },
  'gateway-silent': { type: 'technical', priority: 'high', rule: { kind: 'at-once' }, latching: true },
  'outbox-full': { type: 'technical', priority: 'medium', rule: { kind: 'at-once' }, latching: true },
  'data-file-repaired': { type: 'technical', priority: 'medium', rule: { kind: 'at-once' }, latching: true },
  // Nothing is announced while it lasts: somebody should know, also when it is over.
  'data-file-unwritable': { type: 'technical', priority: 'high', rule: { kind: 'at-once' }, latching: true },
  'destination-unreachable': { type: 'technical', priority: 'medium', rule: { kind: 'at-once' }, latching: false },
  'source-unreachable': { type: 'technical', priority: 'medium', rule: { kind: 'at-once' }, latching: false },
  'device-silent': { type: 'technical', priority: 'medium', rule: { kind: 'at-once' }, latching: true },
  'no-pulse': { type: 'technical', priority: 'medium', rule: { kind: 'at-once' }, latching: true },
  'off-body': { type: 'technical', priority: 'medium', rule: { kind: 'at-once' }, latching: true },
  'lead-off': { type: 'technical', priority: 'medium', rule: { kind: 'at-once' }, latching: true },
  'signal-missing': { type: 'technical', priority: 'medium', rule: { kind: 'at-once' }, latching: true },
  'ecg-unreadable': { type: 'technical', priority: 'medium', rule: { kind: 'at-once' }, latching: true },
  'late-data': { type: 'technical', priority: 'low', rule: { kind: 'at-once' }, latching: false },
  'data-gap': { type: 'technical', priority: 'low', rule: { kind: 'at-once' }, latching: false },
  'device-off': { type: 'technical', priority: 'low', rule: { kind: 'at-once' }, latching: false },
  'gateway-restarted': { type: 'technical', priority: 'low', rule: { kind: 'at-once' }, latching: false },
  'device-restarted': { type: 'technical', priority: 'low', rule: { kind: 'at-once' }, latching: false },
}

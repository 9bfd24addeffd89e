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
}

/** Every alarm that there is. Priorities after IEC 60601-1-8: how soon harm may follow if nobody comes. */
export const alarmTable: Record<AlarmCode, AlarmRow> = {
  'no-beats': { type: 'physiological', priority: 'high', rule: { kind: 'at-once' } },
  'ventricular-run': { type: 'physiological', priority: 'high', rule: { kind: 'at-once' } },
  pause: { type: 'physiological', priority: 'medium', rule: { kind: 'at-once' } },
  'irregular-rhythm': {
    type: 'physiological',
    priority: 'medium',
    rule: { kind: 'hold', onSeconds: 30, offSeconds: 60 },
  },
  'heart-rate-extreme': {
    type: 'physiological',
    priority: 'high',
    rule: { kind: 'hold', onSeconds: 10, offSeconds: 10 },
  },
  'heart-rate-low': {
    type: 'physiological',
    priority: 'medium',
    rule: { kind: 'hold', onSeconds: 15, offSeconds: 15 },
  },
  // May be taken once a day: nothing to wait for.
  'temperature-high': { type: 'physiological', priority: 'medium', rule: { kind: 'at-once' } },
  'temperature-low': { type: 'physiological', priority: 'medium', rule: { kind: 'at-once' } },
  'respiration-rate-high': {
    type: 'physiological',
    priority: 'medium',
    rule: { kind: 'hold', onSeconds: 60, offSeconds: 60 },
  },
  'respiration-rate-low': {
    type: 'physiological',
    priority: 'medium',
    rule: { kind: 'hold', onSeconds: 60, offSeconds: 60 },
  },
  // Of medians of a minute, twice a minute: nothing to wait for to begin, but for it to stay over.
  'early-warning-high': {
    type: 'physiological',
    priority: 'high',
    rule: { kind: 'hold', onSeconds: 30, offSeconds: 300 },
  },
  'early-warning': {
    type: 'physiological',
    priority: 'medium',
    rule: { kind: 'hold', onSeconds: 30, offSeconds: 300 },
  },
  'early-warning-single': {
    type: 'physiological',
    priority: 'low',
    rule: { kind: 'hold', onSeconds: 30, offSeconds: 300 },
  },
  'spo2-low': { type: 'physiological', priority: 'high', rule: { kind: 'hold', onSeconds: 8, offSeconds: 10 } },
  'heart-rate-high-at-rest': {
    type: 'physiological',
    priority: 'medium',
    rule: { kind: 'hold', onSeconds: 10, offSeconds: 10 },
  },
  'ecg-anomaly': {
    type: 'physiological',
    priority: 'medium',
    rule: { kind: 'count', of: 12, onAtLeast: 5, offAtMost: 1 },
  },
  // Three windows in a row, one a minute.
  'vitals-anomaly': { type: 'physiological', priority: 'low', rule: { kind: 'hold', onSeconds: 120, offSeconds: 300 } },
  fall: { type: 'physiological', priority: 'medium', rule: { kind: 'at-once' } },
  convulsion: { type: 'physiological', priority: 'high', rule: { kind: 'at-once' } },
  // Over when it is told; its priority says how soon somebody should ask how the wearer is.
  'past-event': { type: 'physiological', priority: 'medium', rule: { kind: 'at-once' } },
  'clock-step': { type: 'technical', priority: 'low', rule: { kind: 'at-once' } },
  'gateway-silent': { type: 'technical', priority: 'high', rule: { kind: 'at-once' } },
  'device-silent': { type: 'technical', priority: 'medium', rule: { kind: 'at-once' } },
  'off-body': { type: 'technical', priority: 'medium', rule: { kind: 'at-once' } },
  'lead-off': { type: 'technical', priority: 'medium', rule: { kind: 'at-once' } },
  'signal-missing': { type: 'technical', priority: 'medium', rule: { kind: 'at-once' } },
  'data-gap': { type: 'technical', priority: 'low', rule: { kind: 'at-once' } },
  'device-off': { type: 'technical', priority: 'low', rule: { kind: 'at-once' } },
  'gateway-restarted': { type: 'technical', priority: 'low', rule: { kind: 'at-once' } },
  'device-restarted': { type: 'technical', priority: 'low', rule: { kind: 'at-once' } },
}

import { describe, expect, it } from 'vitest'
import type { AlarmLogic } from '../calibration/alarmLogic.ts'
import {
  alarmsBySensitivity,
  lowestScore,
  overallFigures,
  pooledScores,
  recordFigures,
  type FoundBeat,
  type JudgedRecord,
} from './mitdb.ts'

/** Every window above the threshold is an alarm of its own. */
const logic: AlarmLogic = {
  description: 'at once',
  watch: (threshold) => {
    let active = false
    return {
      push(at, score) {
        if (score > threshold === active) return undefined
        active = !active
        return active ? { change: 'on', onset: at } : { change: 'off' }
      },
    }
  },
}
const beats = (...list: [FoundBeat['label'], number][]): FoundBeat[] =>
  list.map(([label, score], i) => ({ at: i * 1e6, ...(label !== undefined && { label }), score, assessable: true }))
const record = (of: Partial<JudgedRecord>): JudgedRecord => ({
  record: 'r',
  found: [],
  missed: [],
  seconds: 3600,
  threshold: 5,
  ...of,
})
const many = (label: FoundBeat['label'], score: number, count: number): [FoundBeat['label'], number][] =>
  Array.from({ length: count }, () => [label, score])

describe('mitdb', () => {
  it('ranks a missed beat below all others, so that who finds little does not shine', () => {
    const found = beats(...many('V', 9, 20), ...many('N', 1, 80))
    expect(recordFigures(record({ found }), logic)).toMatchObject({ auc: 1, ap: 1, missed: 0 })
    const missing = recordFigures(record({ found, missed: Array.from({ length: 20 }, () => 'V' as const) }), logic)
    expect(missing).toMatchObject({ auc: 0.5, anomalous: 40, missed: 20 })
  })

  it('leaves Q out of everything, and gives no rank of few anomalous beats', () => {
    const found = beats(...many('V', 9, 19), ...many('N', 1, 80), ...many('Q', 99, 50))
    expect(recordFigures(record({ found, missed: ['Q'] }), logic)).toMatchObject({
      auc: NaN,
      anomalous: 19,
      normal: 80,
      missed: 0,
    })
  })

  it('counts alarms an hour in which no marked beat is anomalous, raised by what the gateway would judge', () => {
    const found = beats(['N', 9], ['N', 1], ['V', 9], ['N', 1], [undefined, 9], ['N', 1], ['N', 9])
    found[6]!.assessable = false
    expect(recordFigures(record({ found, seconds: 1800 }), logic).falseAlarmsPerHour).toBe(4)
  })

  it('counts false alarms and sensitivity with thresholds moved', () => {
    const own = record({ found: beats(['N', 6], ['N', 1], ['V', 9], ['N', 1], ['S', 4]), missed: ['V'] })
    expect(pooledScores([own])).toEqual({ anomalous: [9, 4, lowestScore], normal: [6, 1, 1] })
    expect(alarmsBySensitivity([own], logic, [0.5, 1, 1.5, 2])).toEqual([
      { sensitivity: 2 / 3, falseAlarmsPerHour: 1 },
      { sensitivity: 1 / 3, falseAlarmsPerHour: 1 },
      { sensitivity: 1 / 3, falseAlarmsPerHour: 0 },
      { sensitivity: 0, falseAlarmsPerHour: 0 },
    ])
  })

  it('pools scores as they are, and takes each record at its own threshold', () => {
    const high = record({ found: beats(...many('V', 30, 20), ...many('N', 10, 20)), threshold: 20 })
    const low = record({
      found: beats(...many('V', 3, 20), ...many('S', lowestScore, 1), ...many('N', 1, 20)),
      threshold: 2,
    })
    const all = overallFigures([high, low], logic)
    expect(all).toMatchObject({ ventricularSensitivity: 1, supraventricularSensitivity: 0, normalAbove: 0 })
    expect(all.pooledAuc).toBeLessThan(all.auc)
  })
})

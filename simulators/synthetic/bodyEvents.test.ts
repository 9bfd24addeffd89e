import { describe, expect, test } from 'vitest'
import { deviation, mean, pulseDelays } from './measures.testing.ts'
import type { MeasuredPerson } from './measuredPerson.testing.ts'
import { measuredHours, measuredPerson, rates } from './measuredPerson.testing.ts'
import { drawPerson } from './person.ts'
import { ecgRateHz } from './syntheticBody.ts'

const timesOf = ({ beats }: MeasuredPerson) => beats.map(({ seconds }) => seconds)
const intervalsOf = (times: number[]) => times.slice(1).map((at, i) => at - (times[i] ?? NaN))
const part = (values: number[], rateHz: number, from: number, to: number) =>
  values.slice(Math.round(from * rateHz), Math.round(to * rateHz))
const swing = (values: number[]) => Math.max(...values) - Math.min(...values)
/** Average of the ECG around beats, mV: `at` s after the R peak, against the level before the P wave. */
function around(person: MeasuredPerson, code: string, at: number): number {
  const beats = person.beats.filter((beat) => beat.code === code && beat.seconds > 1)
  const value = (seconds: number) => person.ecg[Math.round(seconds * ecgRateHz)] ?? NaN
  return mean(beats.slice(0, -1).map(({ seconds }) => value(seconds + at) - value(seconds - 0.3)))
}
/** Height of the pulse that follows each beat, counts. */
function pulseHeights({ beats, ppg }: MeasuredPerson): { code: string; height: number }[] {
  return beats.slice(0, -2).map(({ seconds, code }) => {
    const rise = part(ppg, rates.ppg, seconds + 0.17, seconds + 0.45)
    return { code, height: Math.max(...rise) - (rise[0] ?? NaN) }
  })
}
const heightsOf = (person: MeasuredPerson, code: string) =>
  mean(
    pulseHeights(person)
      .filter((pulse) => pulse.code === code)
      .map(({ height }) => height),
  )

describe('ectopic beats', () => {
  test('ventricular: early, wide, no P wave, a full pause, a weak pulse, about as many as asked for', () => {
    const person = measuredPerson(1, 600, { kind: 'ectopic-beats', atSeconds: 0, durationSeconds: 600, perHour: 360 })
    const { beats } = person
    const found = beats.flatMap(({ code }, i) => (code === 'V' && i > 1 && i + 1 < beats.length ? [i] : []))
    expect(found.length).toBeGreaterThan(35)
    expect(found.length).toBeLessThan(85)
    const times = timesOf(person)
    for (const i of found) {
      const [before = NaN, early = NaN, pause = NaN] = intervalsOf(times.slice(i - 2, i + 2))
      expect(early).toBeLessThan(0.87 * before)
      expect(pause).toBeGreaterThan(1.05 * before)
      // Isolated.
      expect([beats[i - 1]?.code, beats[i + 1]?.code]).toEqual(['N', 'N'])
    }
    // At half of its width on either side a conducted beat is over, and a ventricular one is not.
    expect(Math.abs(around(person, 'N', -0.055))).toBeLessThan(0.3)
    expect(around(person, 'V', -0.045)).toBeGreaterThan(0.3)
    expect(around(person, 'V', 0.28)).toBeLessThan(-0.1)
    expect(heightsOf(person, 'V')).toBeLessThan(0.5 * heightsOf(person, 'N'))
  })

  test('atrial: early with a QRS as usual and a short pause', () => {
    const options = { atSeconds: 0, durationSeconds: 600, perHour: 360, origin: 'atrial' } as const
    const person = measuredPerson(1, 600, { kind: 'ectopic-beats', ...options })
    const times = timesOf(person)
    const found = person.beats.flatMap(({ code }, i) => (code === 'A' && i > 1 && i + 1 < times.length ? [i] : []))
    expect(found.length).toBeGreaterThan(30)
    const pauses = found.map((i) => {
      const [before = NaN, early = NaN, pause = NaN] = intervalsOf(times.slice(i - 2, i + 2))
      expect(early / before).toBeLessThan(0.9)
      return (early + pause) / before
    })
    // Less than two intervals: the sinus node starts anew.
    expect(mean(pauses)).toBeLessThan(1.92)
    expect(around(person, 'A', 0)).toBeGreaterThan(0.7 * drawPerson(1).rWaveMillivolts)
  })
})

describe('rhythms', () => {
  test('a ventricular run: so many wide beats at that rate, with hardly a pulse', () => {
    const run = { kind: 'ventricular-run', atSeconds: 20, durationSeconds: 60, beats: 15, perMinute: 190 } as const
    const person = measuredPerson(2, 60, run)
    const wide = person.beats.filter(({ code }) => code === 'V')
    expect(wide).toHaveLength(15)
    const codes = person.beats.map(({ code }) => code).join('')
    expect(codes).toMatch(/^N+V{15}N+$/)
    const intervals = intervalsOf(wide.map(({ seconds }) => seconds))
    expect(60 / mean(intervals)).toBeGreaterThan(180)
    expect(60 / mean(intervals)).toBeLessThan(200)
    expect(Math.abs((wide[0]?.seconds ?? NaN) - 20)).toBeLessThan(1.5)
    expect(heightsOf(person, 'V')).toBeLessThan(0.25 * heightsOf(person, 'N'))
  })

  test('atrial fibrillation: irregular without memory, no P waves, pulses of many heights', () => {
    const person = measuredPerson(3, 300, { kind: 'atrial-fibrillation', atSeconds: 0, durationSeconds: 300 })
    const sinus = measuredPerson(3, 300)
    const intervals = intervalsOf(timesOf(person)).slice(3)
    expect(60 / mean(intervals)).toBeGreaterThan(95)
    expect(60 / mean(intervals)).toBeLessThan(115)
    const spread = deviation(intervals) / mean(intervals)
    expect(spread).toBeGreaterThan(0.2)
    expect(spread).toBeLessThan(0.3)
    const centred = intervals.map((interval) => interval - mean(intervals))
    const memory = mean(centred.slice(1).map((value, i) => value * (centred[i] ?? NaN))) / deviation(intervals) ** 2
    expect(Math.abs(memory)).toBeLessThan(0.15)
    const pWave = (of: MeasuredPerson) => Math.max(...[-0.2, -0.18, -0.16, -0.14].map((at) => around(of, 'N', at)))
    expect(pWave(sinus)).toBeGreaterThan(0.08)
    expect(pWave(person)).toBeLessThan(0.05)
    const heights = (of: MeasuredPerson) => pulseHeights(of).map(({ height }) => height)
    expect(deviation(heights(person)) / mean(heights(person))).toBeGreaterThan(
      2 * (deviation(heights(sinus)) / mean(heights(sinus))),
    )
  })

  test('a pause lasts as long as asked for, and one beat at least is missing', () => {
    const long = measuredPerson(4, 40, { kind: 'pause', atSeconds: 20, durationSeconds: 4 })
    expect(Math.abs(Math.max(...intervalsOf(timesOf(long))) - 4)).toBeLessThan(0.05)
    const short = intervalsOf(timesOf(measuredPerson(4, 40, { kind: 'pause', atSeconds: 20, durationSeconds: 0.1 })))
    const usual = mean(short.slice(0, 10))
    expect(Math.max(...short) / usual).toBeGreaterThan(1.8)
    expect(Math.max(...short) / usual).toBeLessThan(2.3)
    expect(short.filter((interval) => interval > 1.5 * usual)).toHaveLength(1)
  })

  test('asystole: flat ECG, no pulse, the device loses its rate, then all comes back', () => {
    const person = measuredPerson(5, 60, { kind: 'asystole', atSeconds: 20, durationSeconds: 20 })
    expect(timesOf(person).filter((at) => at > 20.6 && at < 40)).toEqual([])
    expect(swing(part(person.ecg, ecgRateHz, 21.5, 39.9))).toBeLessThan(0.2)
    expect(swing(part(person.ecg, ecgRateHz, 15, 20))).toBeGreaterThan(0.8)
    const usual = heightsOf(measuredPerson(5, 20), 'N')
    for (let at = 22; at < 39; at++) expect(swing(part(person.ppg, rates.ppg, at, at + 0.3))).toBeLessThan(0.4 * usual)
    expect(person.heartRate.slice(27, 40).every(Number.isNaN)).toBe(true)
    expect(person.heartRate[45]).toBeGreaterThan(40)
  })

  test('bradycardia and tachycardia at rest reach their rate, and the pulse comes earlier when it is fast', () => {
    const slow = measuredPerson(6, 60, { kind: 'bradycardia', atSeconds: 10, durationSeconds: 50, toPerMinute: 36 })
    expect(Math.abs(60 / mean(intervalsOf(timesOf(slow).filter((at) => at > 25))) - 36)).toBeLessThan(3)
    const fast = measuredPerson(6, 60, { kind: 'tachycardia', atSeconds: 30, durationSeconds: 30, toPerMinute: 150 })
    const arrival = (from: number, to: number) => {
      const beats = timesOf(fast).filter((at) => at >= from && at < to)
      return mean(pulseDelays(beats, fast.ppg, rates.ppg).map((delay) => delay.arrival))
    }
    expect(arrival(2, 28) - arrival(40, 58)).toBeGreaterThan(0.03)
  })

  test('a change of ST moves the segment between S and T and nothing else', () => {
    const usual = measuredPerson(7, 240)
    const person = measuredPerson(7, 240, { kind: 'st-change', atSeconds: 0, durationSeconds: 240, millivolts: -0.25 })
    const late = { ...person, beats: person.beats.filter(({ seconds }) => seconds > 120) }
    const st = (of: MeasuredPerson) =>
      around({ ...of, beats: of.beats.filter(({ seconds }) => seconds > 120) }, 'N', 0.13)
    expect(st(person) - st(usual)).toBeLessThan(-0.2)
    expect(st(person) - st(usual)).toBeGreaterThan(-0.3)
    expect(timesOf(late)).toEqual(timesOf(usual).filter((at) => at > 120))
    expect(around(person, 'N', 0)).toBeCloseTo(around(usual, 'N', 0), 2)
  })
})

describe('breath, oxygen and blood', () => {
  test('apnoea: breath stops first, SpO2 falls after the circulation delay, the heart slows and then races', () => {
    const event = { kind: 'desaturation', atSeconds: 60, durationSeconds: 60, toPercent: 80, apnoea: true } as const
    const person = measuredPerson(8, 200, event)
    expect(swing(part(person.respiration, rates.respiration, 68, 119))).toBeLessThan(100)
    expect(swing(part(person.respiration, rates.respiration, 30, 60))).toBeGreaterThan(1500)
    const { spo2 } = person
    expect(Math.min(...spo2.slice(60, 75))).toBeGreaterThanOrEqual(95)
    expect(Math.min(...spo2.slice(100, 145))).toBeLessThanOrEqual(82)
    expect(Math.min(...spo2.slice(170))).toBeGreaterThanOrEqual(95)
    const rate = (from: number, to: number) =>
      60 / mean(intervalsOf(timesOf(person).filter((at) => at >= from && at < to)))
    expect(rate(85, 118)).toBeLessThan(rate(30, 58) - 4)
    expect(rate(128, 138)).toBeGreaterThan(rate(85, 118) + 8)
  })

  test('fever over hours: heart and breath follow the temperature', () => {
    const seconds = 9000
    const event = { kind: 'fever', atSeconds: 0, durationSeconds: seconds, toCelsius: 39.5 } as const
    const { temperature, heartRate, respirationRate } = measuredHours(
      9,
      seconds,
      ['temperature', 'heartRate', 'respirationRate'],
      event,
    )
    expect(mean(temperature.slice(-60))).toBeGreaterThan(39.2)
    expect(temperature[1800]).toBeLessThan(37.8)
    expect(mean(heartRate.slice(-600)) - mean(heartRate.slice(20, 320))).toBeGreaterThan(14)
    expect(mean(respirationRate.slice(-600)) - mean(respirationRate.slice(20, 320))).toBeGreaterThan(3)
  })

  test('haemorrhage: heart and breath up, pulse weaker, skin cooler, heart rate less variable', () => {
    const seconds = 3600
    const bleeding = measuredPerson(10, seconds, {
      kind: 'haemorrhage',
      atSeconds: 0,
      durationSeconds: seconds,
      severity: 0.8,
    })
    const early = <T>(values: T[]) => values.slice(Math.floor(values.length * 0.02), Math.floor(values.length * 0.1))
    const late = <T>(values: T[]) => values.slice(Math.floor(values.length * 0.92))
    const change = (values: number[]) => mean(late(values)) - mean(early(values))
    expect(change(bleeding.heartRate)).toBeGreaterThan(40)
    expect(change(bleeding.respirationRate)).toBeGreaterThan(8)
    expect(change(bleeding.skinTemperature)).toBeLessThan(-2)
    const heights = pulseHeights(bleeding).map(({ height }) => height)
    expect(mean(late(heights)) / mean(early(heights))).toBeLessThan(0.65)
    const intervals = intervalsOf(timesOf(bleeding))
    expect(deviation(late(intervals))).toBeLessThan(0.5 * deviation(early(intervals)))
  })
})

import { beforeAll, describe, expect, test } from 'vitest'
import { mean, pulseDelays, quantile, rPeaks, strongestHz, variabilityOf } from './measures.testing.ts'
import type { MeasuredPerson } from './measuredPerson.testing.ts'
import { measuredPerson, rates } from './measuredPerson.testing.ts'
import { drawPerson } from './person.ts'
import { ecgRateHz } from './syntheticBody.ts'

const persons = 30

describe(`${persons} persons, five minutes at rest each`, () => {
  let all: MeasuredPerson[]
  beforeAll(() => {
    all = Array.from({ length: persons }, (_, seed) => measuredPerson(1000 + seed, 301))
  })

  test('truth and ECG agree: each R wave peaks within two samples of its beat', () => {
    for (const { beats, ecg } of all.slice(0, 5)) {
      const peaks = rPeaks(ecg, ecgRateHz)
      const inside = beats.map(({ seconds }) => seconds).filter((at) => at > 1 && at < 299)
      const nearest = inside.map((at) => Math.min(...peaks.map((peak) => Math.abs(peak - at))))
      expect(Math.max(...nearest)).toBeLessThan(2 / ecgRateHz)
    }
  })

  test('heart rate variability is that of adults', () => {
    // Nunan, Sandercock & Brodie (PACE 33:1407, 2010), ranges over 44 studies: SDNN 32-93 ms, RMSSD 19-75 ms, LF/HF 1.1-11.6.
    // They are of groups; persons reach further.
    const found = all.map(({ beats }) => variabilityOf(beats.map(({ seconds }) => seconds)))
    const sdnn = found.map((one) => one?.sdnn ?? NaN)
    const rmssd = found.map((one) => one?.rmssd ?? NaN)
    const lfHf = found.map((one) => one?.lfHf ?? NaN)
    expect(mean(sdnn)).toBeGreaterThan(32)
    expect(mean(sdnn)).toBeLessThan(93)
    expect(Math.min(...sdnn)).toBeGreaterThan(20)
    expect(Math.max(...sdnn)).toBeLessThan(100)
    expect(mean(rmssd)).toBeGreaterThan(19)
    expect(mean(rmssd)).toBeLessThan(75)
    expect(mean(lfHf)).toBeGreaterThan(1.1)
    expect(mean(lfHf)).toBeLessThan(11.6)
    expect(Math.min(...lfHf)).toBeGreaterThan(0.3)
  })

  test('the pulse arrives 200 to 300 ms after the R peak', () => {
    for (const [i, { beats, ppg }] of all.entries()) {
      const delays = pulseDelays(
        beats.map(({ seconds }) => seconds),
        ppg,
        rates.ppg,
      )
      expect(delays.length).toBeGreaterThan(0.9 * beats.length)
      const arrival = quantile(
        delays.map((delay) => delay.arrival),
        0.5,
      )
      expect(arrival, `person ${i}`).toBeGreaterThan(0.2)
      expect(arrival, `person ${i}`).toBeLessThan(0.3)
    }
  })

  test('adults breathe 12 to 20 times a minute, and chest, pulse and heart show the same breath', () => {
    for (const [i, { respiration, respirationRate, ppg, beats }] of all.slice(0, 8).entries()) {
      const reported = mean(respirationRate)
      expect(reported).toBeGreaterThan(11)
      expect(reported).toBeLessThan(20)
      const breath = strongestHz(respiration, rates.respiration, 0.15, 0.4)
      expect(Math.abs(breath * 60 - reported), `person ${i}`).toBeLessThan(1.5)
      // Height of the pulses, one a beat: the breath is a modulation of its amplitude as well.
      const heights = beats.slice(1, -2).map(({ seconds }) => {
        const part = ppg.slice(Math.round((seconds + 0.15) * rates.ppg), Math.round((seconds + 0.6) * rates.ppg))
        return Math.max(...part) - Math.min(...part)
      })
      const perBeat = beats.length / 300
      expect(Math.abs(strongestHz(heights, perBeat, 0.15, 0.4) * 60 - reported), `pulses of ${i}`).toBeLessThan(2.5)
    }
  })

  test('persons differ from each other', () => {
    const drawn = all.map((_, i) => drawPerson(1000 + i))
    for (const trait of ['pulseArrivalSeconds', 'perfusion', 'temperature', 'photodiodeCounts'] as const)
      // A few lie at the ends, where all are cut.
      expect(new Set(drawn.map((person) => person[trait])).size).toBeGreaterThan(persons - 5)
  })
})

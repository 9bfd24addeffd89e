import { describe, expect, test } from 'vitest'
import { syntheticBody, usualSignals } from '../../simulators/synthetic/syntheticBody.ts'
import { vitalsInput, vitalSignals } from '../inputs/vitalsInput.ts'
import { VitalsStream } from '../inputs/vitalsStream.ts'
import { VitalsMedians, type VitalsStep } from '../inputs/vitalsMedians.ts'
import { VitalsWindows } from '../inputs/vitalsWindows.ts'
import { dailyLife, simulatedStartMicros, simulatedVitals } from './simulatedVitals.ts'

/** Keeps the steps. */
class Recorder extends VitalsWindows {
  readonly steps: VitalsStep[] = []

  override push(step: VitalsStep) {
    this.steps.push(step)
    return super.push(step)
  }
}

describe('simulated vitals', () => {
  test('the same seed gives the same days, another seed others', () => {
    const run = (seed: number) => {
      const recorder = new Recorder()
      const stream = new VitalsStream(new VitalsMedians(), recorder)
      simulatedVitals(seed, { seconds: 3600, events: dailyLife(seed, 1), stream })
      return JSON.stringify(recorder.steps)
    }
    expect(run(5)).toBe(run(5))
    expect(run(5)).not.toBe(run(6))
  })

  test('without waveforms they are near those of the whole synthetic body, at rest and while walking', () => {
    const events = [{ kind: 'walk', atSeconds: 900, durationSeconds: 600 }] as const
    const cheap = new Recorder()
    simulatedVitals(7, { seconds: 1800, events, stream: new VitalsStream(new VitalsMedians(), cheap) })
    const whole = new Recorder()
    const stream = new VitalsStream(new VitalsMedians(), whole)
    const body = syntheticBody(7, events, { signals: usualSignals, startEpochMicros: simulatedStartMicros })
    for (let second = 0; second < 1800; second++) {
      const at = simulatedStartMicros + second * 1e6
      for (const { signal, values, rateHz } of body(second)) {
        if (signal === 'accX' || signal === 'accY' || signal === 'accZ') stream.acceleration(signal, at, rateHz, values)
        if ((vitalSignals as readonly string[]).includes(signal))
          stream.value(signal as (typeof vitalSignals)[number], at, values[0]!)
      }
    }
    const meanOf = ({ steps }: Recorder, from: number, to: number, of: (step: VitalsStep) => number) => {
      const values = steps.slice(from / vitalsInput.stepSeconds, to / vitalsInput.stepSeconds).map(of)
      const known = values.filter((value) => !Number.isNaN(value))
      return known.reduce((sum, value) => sum + value, 0) / known.length
    }
    // The daily variation is added to the cheap ones: two standard deviations of it.
    const near = [8, 2.4, 0.5, 0.8]
    for (const [from, to] of [
      [300, 900],
      [1100, 1500],
    ] as const) {
      for (const [s, least] of near.entries()) {
        const [a, b] = [cheap, whole].map((steps) => meanOf(steps, from, to, ({ medians }) => medians[s]!))
        expect(Math.abs(a! - b!)).toBeLessThan(least)
      }
      const [a, b] = [cheap, whole].map((steps) => meanOf(steps, from, to, ({ movement }) => movement))
      expect(a! / b!).toBeGreaterThan(0.8)
      expect(a! / b!).toBeLessThan(1.25)
    }
  })
})

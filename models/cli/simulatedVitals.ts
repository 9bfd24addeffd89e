import { accelerometerModel } from '../../simulators/synthetic/accelerometer.ts'
import { dayCycle } from '../../simulators/synthetic/dayCycle.ts'
import { eventScript, type SimulatedEvent } from '../../simulators/synthetic/events.ts'
import { drawPerson } from '../../simulators/synthetic/person.ts'
import { seededRandom, type Random } from '../../simulators/synthetic/random.ts'
import { rrProcess } from '../../simulators/synthetic/rr.ts'
import { slowNoise } from '../../simulators/synthetic/slowNoise.ts'
import { vitalsModel } from '../../simulators/synthetic/vitals.ts'
import type { VitalSignal } from '../inputs/vitalsInput.ts'
import { VitalsStream } from '../inputs/vitalsStream.ts'
import type { VitalsWindow } from '../inputs/vitalsWindows.ts'

const hour = 3600
export const daySeconds = 24 * hour
/** Everybody begins on a morning at eight. */
export const simulatedStartMicros = Date.UTC(2026, 0, 5, 8) * 1000
/** Enough for the spread within a second of steps at 1.8 to 2.8 Hz. */
const accelerationRateHz = 10
const rrRateHz = 4
const averagedSeconds = 8
/**
 * What the body model does not have: posture, talk, meals, moods and rooms, as slow wandering beside it. Assumed, not measured:
 * standard deviation in the signal's unit and time constant, s.
 */
const dailyVariation = { heartRate: [4, 900], respirationRate: [1.2, 600], skinTemperature: [0.4, 3600] } as const

export interface SimulatedVitalsOptions {
  seconds: number
  events: readonly SimulatedEvent[]
  /** Takes what the wearer's devices say, from the start on; afterwards it knows the wearer. */
  stream?: VitalsStream
  /** Time of day at the start, integer µs since the epoch. */
  startEpochMicros?: number
}

/**
 * The windows of a simulated wearer, made without waveforms, 1 Hz values from the body model alone: some 10 µs a second. Heart
 * rate as a device would report it, with the variability of the intervals; values round as a device's do; sensors lose
 * their reading now and then.
 */
export function simulatedVitals(
  seed: number,
  { seconds, events, stream = new VitalsStream(), startEpochMicros = simulatedStartMicros }: SimulatedVitalsOptions,
): VitalsWindow[] {
  const person = drawPerson(seed)
  const script = eventScript(events)
  const vitals = vitalsModel(seed, person, script)
  const sinus = rrProcess(seed, person)
  const accelerometer = accelerometerModel(seed, person, script, accelerationRateHz)
  const random = seededRandom(seed, 'daily variation')
  const wander = (name: keyof typeof dailyVariation) => {
    const [deviation, timeConstant] = dailyVariation[name]
    return slowNoise(random, deviation, timeConstant)
  }
  const heartWander = wander('heartRate')
  const breathWander = wander('respirationRate')
  const skinWander = wander('skinTemperature')
  const lost = {
    heartRate: losses(random),
    respirationRate: losses(random),
    spo2: losses(random),
    skinTemperature: losses(random),
  }
  const windows: VitalsWindow[] = []
  const rr = new Float64Array(rrRateHz)
  const breath = new Float64Array(rrRateHz)
  const intervals: number[] = []
  let fromRate = person.restingHeartRate
  let phase = 0
  for (let second = 0; second < seconds; second++) {
    const now = vitals(second, dayCycle(startEpochMicros + second * 1e6))
    for (let i = 0; i < rrRateHz; i++) breath[i] = phase += (2 * Math.PI * now.respirationRate) / 60 / rrRateHz
    phase %= 2 * Math.PI
    const { breathDepth: depth, variability, heartRate: toRate } = now
    sinus(second, { fromRate, toRate, breath, depth, variability }, rr)
    fromRate = toRate
    intervals.push(...rr)
    if (intervals.length > averagedSeconds * rrRateHz) intervals.splice(0, rrRateHz)
    const measured = (60 * intervals.length) / intervals.reduce((sum, interval) => sum + interval, 0)
    const values = {
      heartRate: Math.round(measured + heartWander()),
      respirationRate: Math.round(Math.max(0, now.respirationRate + (now.breathDepth > 0.1 ? breathWander() : 0))),
      spo2: Math.round(now.spo2),
      skinTemperature: Math.round((now.skinTemperature + skinWander()) * 20) / 20,
    }
    const at = startEpochMicros + second * 1e6
    const { accX, accY, accZ } = accelerometer(second, now.activity)
    for (const signal of Object.keys(lost) as VitalSignal[]) {
      if (lost[signal]()) values[signal] = NaN
      windows.push(...stream.value(signal, at, values[signal]))
    }
    windows.push(...stream.acceleration('accX', at, accelerationRateHz, accX))
    windows.push(...stream.acceleration('accY', at, accelerationRateHz, accY))
    windows.push(...stream.acceleration('accZ', at, accelerationRateHz, accZ))
  }
  return windows
}

/** A sensor that has no reading for some minutes, about every four hours. */
function losses(random: Random): () => boolean {
  let left = 0
  return () => {
    if (left > 0) left--
    else if (random.uniform() < 1 / (4 * hour)) left = Math.round(60 + 540 * random.uniform())
    return left > 0
  }
}

/** What a person does on ordinary days: sleep, walks, stairs, sometimes a run or an hour on a cycle. From a morning at eight. */
export function dailyLife(seed: number, days: number): SimulatedEvent[] {
  const random = seededRandom(seed, 'daily life')
  const between = (from: number, to: number) => Math.round(from + (to - from) * random.uniform())
  const events: SimulatedEvent[] = []
  for (let day = 0; day < days; day++) {
    const morning = day * daySeconds
    const bedtime = morning + between(14, 16.5) * hour + between(0, hour)
    const awake = (length: number) => between(morning, bedtime - length)
    const add = (kind: 'walk' | 'run' | 'stairs' | 'exercise', length: number, toPerMinute?: number) => {
      const effort = toPerMinute === undefined ? {} : { toPerMinute }
      events.push({ kind, atSeconds: awake(length), durationSeconds: length, ...effort })
    }
    events.push({ kind: 'sleep', atSeconds: bedtime, durationSeconds: between(6 * hour, 8 * hour) })
    for (let n = between(4, 9); n > 0; n--) add('walk', between(120, 1800))
    for (let n = between(3, 8); n > 0; n--) add('stairs', between(30, 150), between(110, 160))
    for (let n = between(3, 7); n > 0; n--) add('exercise', between(180, 1500), between(82, 100))
    if (random.uniform() < 0.35) add('run', between(1200, 2400), between(140, 170))
    if (random.uniform() < 0.2) add('exercise', between(1200, 3000), between(110, 145))
  }
  return events
}

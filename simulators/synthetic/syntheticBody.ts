import type { SignalName } from '../../firmware-bridge/signals.ts'
import { accelerometerModel } from './accelerometer.ts'
import type { DayCycle } from './dayCycle.ts'
import { dayCycle } from './dayCycle.ts'
import type { Beat } from './ecg.ts'
import { electrodeNoise } from './electrodeNoise.ts'
import type { SimulatedEvent } from './events.ts'
import { eventScript } from './events.ts'
import { ecgFrontEnd, within } from './frontEnd.ts'
import { heartModel } from './heart.ts'
import { opticalNoise } from './opticalNoise.ts'
import { drawPerson } from './person.ts'
import { ppgModel } from './ppg.ts'
import { pulseMeter } from './pulseMeter.ts'
import { thermometer } from './thermometer.ts'
import { vitalsModel } from './vitals.ts'

export const ecgRateHz = 250
export const ppgRateHz = 100
export const accelerometerRateHz = 50
export const respirationRateHz = 25

/** What can be simulated. */
export const simulatedSignals = [
  'ecg',
  'ppg',
  'accX',
  'accY',
  'accZ',
  'heartRate',
  'spo2',
  'respirationRate',
  'skinTemperature',
  'temperature',
  'respiration',
  'rrInterval',
] as const satisfies readonly SignalName[]
/** What a device sends where nobody says otherwise. */
export const usualSignals: readonly SignalName[] = simulatedSignals.slice(0, 9)

/** Consecutive samples of one signal, in the signal's unit. */
export interface SignalSecond {
  signal: SignalName
  rateHz: number
  values: Float32Array
  /** Stream time, s, of the first sample and of the end, where they are not those of the second. */
  fromSeconds?: number
  untilSeconds?: number
}

export interface BodyOptions {
  /** `usualSignals` by default. */
  signals?: readonly SignalName[] | undefined
  /** Time of day at second 0, µs since the epoch; without it the day has no hours and it is always midday. */
  startEpochMicros?: number | undefined
  /** Told of each beat, in order; of none while the device is off the body. */
  onBeat?: ((beat: Beat) => void) | undefined
}

/** Full breaths at rest in counts of the sensor. */
const breathCounts = 1000
/** A device on a table that does not notice wavers around the rate that it invents, beats/min. */
const inventedSpread = 1.5
const timeless: DayCycle = { heartRate: 0, temperature: 0, skinTemperature: 0 }

/**
 * What the sensors on a synthetic person measure, second by second: call it with 0, 1, 2, … in order. Breath and activity drive
 * the heart, the heart drives ECG and pulse, everything drives what the device reports; then come the faults of the sensors.
 * The reported heart rate is what a device would say: the mean of its last beats, from the optical pulse, so that it goes on
 * when an electrode is off; NaN until there are beats and when the pulse is lost.
 * @throws ZodError on an event, RangeError on a signal that cannot be simulated.
 */
export function syntheticBody(
  seed: number,
  events: readonly SimulatedEvent[],
  { signals = usualSignals, startEpochMicros, onBeat }: BodyOptions = {},
): (second: number) => SignalSecond[] {
  for (const signal of signals)
    if (!(simulatedSignals as readonly SignalName[]).includes(signal))
      throw new RangeError(`signals: expected some of ${simulatedSignals.join(', ')}, received ${signal}`)
  const sent = new Set(signals)
  const script = eventScript(events)
  const person = drawPerson(seed)
  const vitals = vitalsModel(seed, person, script)
  const heart = heartModel(seed, person, script, ecgRateHz)
  const electrodes = electrodeNoise(seed, script)
  const frontEnd = ecgFrontEnd(seed, ecgRateHz)
  const ppg = ppgModel(seed, person)
  const optics = opticalNoise(seed, person, script)
  const accelerometer = accelerometerModel(seed, person, script, accelerometerRateHz)
  const meter = pulseMeter()
  const skin = thermometer(person.skinTemperature)
  const core = thermometer(person.temperature)
  let lastBeat: number | undefined

  return (second) => {
    const day = startEpochMicros === undefined ? timeless : dayCycle(startEpochMicros + second * 1e6)
    const now = vitals(second, day)
    const offBody = script('off-body', second, second + 1)
    const leadOff = script('lead-off', second, second + 1)
    const { beats, millivolts, breath } = heart(second, now)
    const { accX, accY, accZ, shake } = accelerometer(second, now.activity)
    const out: SignalSecond[] = []
    const add = (signal: SignalName, rateHz: number, values: Float32Array) => {
      if (sent.has(signal)) out.push({ signal, rateHz, values })
    }

    if (sent.has('ecg')) {
      const values = new Float32Array(ecgRateHz)
      electrodes(second, millivolts, shake)
      frontEnd(second, millivolts, { leadOff, offBody, saturation: script('saturation', second, second + 1) }, values)
      add('ecg', ecgRateHz, values)
    }
    const counts = new Float32Array(ppgRateHz)
    const breathing = { breathFrom: breath[0]!, breathTo: breath[ecgRateHz - 1]!, depth: now.breathDepth }
    const pulses = ppg(second, { beats, heartRate: now.heartRate, pulse: now.pulse, ...breathing }, counts)
    optics(second, counts, shake)
    add('ppg', ppgRateHz, counts)
    add('accX', accelerometerRateHz, accX)
    add('accY', accelerometerRateHz, accY)
    add('accZ', accelerometerRateHz, accZ)

    const away = within(offBody, second + 0.999)
    const measured = meter(
      second,
      pulses.filter(({ footSeconds }) => !within(offBody, footSeconds)),
    )
    const oneValue = (signal: SignalName, value: number) => add(signal, 1, Float32Array.of(value))
    const invented = offBody && !offBody.event.tells ? offBody.event.reportsPerMinute : NaN
    oneValue('heartRate', Math.round(away ? invented + inventedSpread * Math.sin(second / 7) : measured))
    oneValue('spo2', away ? NaN : Math.round(now.spo2))
    oneValue('respirationRate', away ? NaN : Math.round(now.respirationRate))
    oneValue('skinTemperature', Math.round(skin(now.skinTemperature, away) * 20) / 20)
    oneValue('temperature', Math.round(core(now.temperature, away) * 20) / 20)
    if (sent.has('respiration')) {
      const every = ecgRateHz / respirationRateHz
      const breaths = Float32Array.from({ length: respirationRateHz }, (_, i) =>
        away ? 0 : Math.round(breathCounts * now.breathDepth * Math.sin(breath[i * every]!)),
      )
      add('respiration', respirationRateHz, breaths)
    }
    for (const beat of beats) {
      if (within(offBody, beat.seconds)) {
        lastBeat = undefined
        continue
      }
      onBeat?.(beat)
      const heard = !within(leadOff, beat.seconds)
      if (sent.has('rrInterval') && heard && lastBeat !== undefined) {
        const interval = beat.seconds - lastBeat
        const values = Float32Array.of(Math.round(interval * 1000))
        const times = { fromSeconds: lastBeat, untilSeconds: beat.seconds }
        if (interval <= 10) out.push({ signal: 'rrInterval', rateHz: 1 / interval, values, ...times })
      }
      lastBeat = heard ? beat.seconds : undefined
    }
    return out
  }
}

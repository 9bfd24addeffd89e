import type { SignalName } from '../../firmware-bridge/signals.ts'
import type { InputSegment } from './inputSchema.ts'

/** Vital signs that are scored; movement goes with them, so that a model knows what the wearer does. */
export const vitalSignals = [
  'heartRate',
  'respirationRate',
  'spo2',
  'skinTemperature',
] as const satisfies readonly SignalName[]
export type VitalSignal = (typeof vitalSignals)[number]

/**
 * What the vitals model takes: five minutes of 10-s medians, one signal after the other, each value as its distance from the
 * wearer's own median at that activity in the wearer's own spread (1.4826 times the median absolute deviation); then
 * movement. NaN where nothing was measured, or where the wearer is not known at that activity. A bundle made for anything
 * else does not load.
 */
export const vitalsInput = {
  signals: [...vitalSignals],
  units: ['/min', '/min', '%', 'Cel'],
  scaledBy: 'wearer-spread-at-activity',
  /** Decimal logarithm of the acceleration's standard deviation within a second over 0.05 g. */
  context: ['movement'],
  stepSeconds: 10,
  steps: 30,
  everySeconds: 60,
  /** Wear before there is a window: a wearer's own normal is not known earlier. */
  baselineSeconds: 86_400,
  baseline: 'vitals-baseline-1',
} as const

const channels = [...vitalsInput.signals, ...vitalsInput.context]
const stepsPerMinute = 60 / vitalsInput.stepSeconds

export const vitalsInputLength = channels.length * vitalsInput.steps
/** Values of the scored signals; those of the context follow. */
export const vitalsScoredLength = vitalSignals.length * vitalsInput.steps

/** By signal and minute, from the beginning of the window: `heartRate 0-60 s`; `from` and `to` are indices. */
export const vitalsSegments: readonly InputSegment[] = channels.flatMap((channel, c) =>
  Array.from({ length: vitalsInput.steps / stepsPerMinute }, (_, minute) => {
    const from = c * vitalsInput.steps + minute * stepsPerMinute
    return { name: `${channel} ${minute * 60}-${(minute + 1) * 60} s`, from, to: from + stepsPerMinute }
  }),
)

/** How far the body is from its state in the afternoon, by the time of day. */
export interface DayCycle {
  /** Beats/min. */
  heartRate: number
  /** °C. */
  temperature: number
  /** °C at the hands: high when the core is low. */
  skinTemperature: number
}

/** Half the span between day and night without sleep or effort, and when the highest value is reached, h. */
const heartRateSwing = 3
const temperatureSwing = 0.35
const skinSwing = 0.6
const warmestHour = 17
const microsPerHour = 3600e6

/**
 * The circadian part of heart rate and temperatures as a wave of 24 h around midday, with UTC for the wearer's own time. Sizes
 * and phases: constant routine of Kräuchi & Wirz-Justice (Am J Physiol 267:R819, 1994).
 */
export function dayCycle(epochMicros: number): DayCycle {
  const wave = Math.cos((2 * Math.PI * (epochMicros / microsPerHour - warmestHour)) / 24)
  return {
    heartRate: heartRateSwing * wave,
    temperature: temperatureSwing * (wave - 1),
    skinTemperature: -skinSwing * wave,
  }
}

import type { PayloadDecoder } from '../../records.ts'
import { attributeDecoder, wrongLength } from './attribute.ts'
import { plxBytes, PlxLayout, plxReadings } from './plxReadings.ts'

const name = 'ble-plx-continuous'

/** Flags: Pulse Oximeter Service 1.0.1, 3.2.1.1. Bits 5 to 7 are reserved for future use and ignored. */
const hasFast = 0x01
const hasSlow = 0x02
const hasMeasurementStatus = 0x04
const hasSensorStatus = 0x08
const hasPulseAmplitudeIndex = 0x10

/**
 * PLX Continuous Measurement (0x2A5F; Pulse Oximeter Service 1.0.1, 3.2): flags, SpO2 in % and pulse rate in /min as SFLOATs
 * (SpO2PR-Normal), the same fast and slow, measurement status (16 bits), device and sensor status (24 bits), pulse
 * amplitude index in %.
 *
 * The normal pair is what is reported, because every oximeter has it and averages it in its usual way; fast and slow are the
 * same blood at another averaging time, and count for the length only. How the status bits are taken: `plxStatus.ts`.
 */
export function blePlxContinuous(): PayloadDecoder {
  const readings = plxReadings('usable')
  return attributeDecoder(name, (view) => {
    const flags = view.getUint8(0)
    const layout = new PlxLayout()
    layout.field((flags & hasFast) !== 0, plxBytes.pair)
    layout.field((flags & hasSlow) !== 0, plxBytes.pair)
    const measurementStatus = layout.field((flags & hasMeasurementStatus) !== 0, plxBytes.measurementStatus)
    const sensorStatus = layout.field((flags & hasSensorStatus) !== 0, plxBytes.sensorStatus)
    const pulseAmplitudeIndex = layout.field((flags & hasPulseAmplitudeIndex) !== 0, plxBytes.pulseAmplitudeIndex)
    const refusal = wrongLength(name, view, layout.length)
    return refusal ? [refusal] : readings(view, { measurementStatus, sensorStatus, pulseAmplitudeIndex })
  })
}

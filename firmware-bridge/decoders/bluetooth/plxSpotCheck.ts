import type { PayloadDecoder } from '../../records.ts'
import { attributeDecoder, wrongLength } from './attribute.ts'
import { plxBytes, PlxLayout, plxReadings } from './plxReadings.ts'

const name = 'ble-plx-spot-check'

/** Flags: Pulse Oximeter Service 1.0.1, 3.1.1.1. Bit 4, that the device's clock is not set, and those above are ignored. */
const hasTimeStamp = 0x01
const hasMeasurementStatus = 0x02
const hasSensorStatus = 0x04
const hasPulseAmplitudeIndex = 0x08

/**
 * PLX Spot-Check Measurement (0x2A5E; Pulse Oximeter Service 1.0.1, 3.1): flags, SpO2 in % and pulse rate in /min as SFLOATs,
 * time stamp (7 bytes), measurement status (16 bits), device and sensor status (24 bits), pulse amplitude index in %.
 *
 * The time stamp is of the device's clock and not used; what comes from its memory is `no-reading` for `stored`, and a
 * measurement still ongoing is not the final one, so `searching`. The other status bits: `plxStatus.ts`.
 */
export function blePlxSpotCheck(): PayloadDecoder {
  const readings = plxReadings('not-final')
  return attributeDecoder(name, (view) => {
    const flags = view.getUint8(0)
    const layout = new PlxLayout()
    layout.field((flags & hasTimeStamp) !== 0, plxBytes.timeStamp)
    const measurementStatus = layout.field((flags & hasMeasurementStatus) !== 0, plxBytes.measurementStatus)
    const sensorStatus = layout.field((flags & hasSensorStatus) !== 0, plxBytes.sensorStatus)
    const pulseAmplitudeIndex = layout.field((flags & hasPulseAmplitudeIndex) !== 0, plxBytes.pulseAmplitudeIndex)
    const refusal = wrongLength(name, view, layout.length)
    return refusal ? [refusal] : readings(view, { measurementStatus, sensorStatus, pulseAmplitudeIndex })
  })
}

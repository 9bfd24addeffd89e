import type { PayloadDecoder } from '../../records.ts'
import { refuse } from '../../refusal.ts'
import type { SignalName } from '../../signals.ts'
import { toTableUnit } from '../../units.ts'
import { attributeDecoder, wrongLength } from './attribute.ts'
import { readFloat } from './medicalFloat.ts'
import { valueReading } from './readings.ts'

const name = 'ble-thermometer'

/** Flags: Health Thermometer Service 1.0, 3.1.1.1. The others are reserved for future use and ignored. */
const isFahrenheit = 0x01
const hasTimeStamp = 0x02
const hasType = 0x04

const timeStampBytes = 7

/** Temperature Type (GATT Specification Supplement): where on the body, and which signal that is. 0 and 10 on are reserved. */
const signalOfType = new Map<number, SignalName>([
  [1, 'temperature'], // armpit
  [2, 'temperature'], // body, general
  [3, 'temperature'], // ear
  [4, 'skinTemperature'], // finger
  [5, 'temperature'], // gastrointestinal tract
  [6, 'temperature'], // mouth
  [7, 'temperature'], // rectum
  [8, 'skinTemperature'], // toe
  [9, 'temperature'], // tympanum
])

/**
 * Temperature Measurement (0x2A1C; Health Thermometer Service 1.0, 3.1): flags, a FLOAT in °C or °F, time stamp (7 bytes) and
 * temperature type (u8). The time stamp is of the device's clock and not used: the value counts from its arrival. Without a
 * type it is `temperature`; with a reserved one it is refused, because cool skin must not pass for a cold body.
 */
export const bleThermometer = (): PayloadDecoder =>
  attributeDecoder(name, (view) => {
    const flags = view.getUint8(0)
    const typeAt = 5 + (flags & hasTimeStamp ? timeStampBytes : 0)
    const refusal = wrongLength(name, view, typeAt + (flags & hasType ? 1 : 0))
    if (refusal !== undefined) return [refusal]

    const type = flags & hasType ? view.getUint8(typeAt) : undefined
    const signal = type === undefined ? 'temperature' : signalOfType.get(type)
    if (signal === undefined)
      return [refuse('bad-value', `${name}.type: expected a temperature type of 1 to 9, received ${type}`)]
    const value = readFloat(view, 1)
    const toCelsius = toTableUnit(signal, flags & isFahrenheit ? '[degF]' : 'Cel')
    return [valueReading(signal, typeof value === 'number' && toCelsius !== undefined ? toCelsius(value) : value)]
  })

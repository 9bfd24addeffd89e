import type { LineDecoder } from '../decoders.ts'
import type { Decoded, NoReadingCause, Reading } from '../records.ts'
import { refuse, toFault } from '../refusal.ts'
import { contactEvents } from './bluetooth/contact.ts'
import { noReading, valueReading } from './bluetooth/readings.ts'

const rateHz = 60
/** Bytes that are no packet, kept to be shown. */
const keptDamage = 64

/** What one packet says. */
interface Measured {
  pleth: number
  heartRate: number
  spo2: number
  /** Why the numbers do not count. */
  cause?: NoReadingCause
}

/**
 * A form of packet: the first byte alone differs from the others in bit 7, which is how packets are told apart.
 *
 * `five`, as the devices send by themselves (19200 baud, 8O1):
 *     0  bits 0-3 signal strength, 4 finger out, 5 SpO2 dropping, 6 beep
 *     1  pleth, 0 to 127
 *     2  bits 0-3 bar, 4 probe error, 5 searching, 6 bit 7 of the pulse rate
 *     3  the other bits of the pulse rate
 *     4  SpO2
 *
 * `nine`, of firmware from 4.6 on, which has to be asked for it (115200 baud, 8N1): 0x01, then bit 7 of each of the seven that
 * follow, lowest first, then those seven: signal strength, pleth, bar, pulse rate, SpO2, two unused. 0xE1 in the second
 * place says that the numbers are not there yet, 0xE2 that nothing is.
 */
const forms = {
  five: { bytes: 5, first: 0x80, read: readFive },
  nine: { bytes: 9, first: 0, read: readNine },
} as const

/**
 * The live formats of Contec's CMS50D+, which its maker does not publish: after `atbrask/CMS50Dplus` and
 * `headrotor/contec_data`, who worked them out. Gives the pleth as `ppg` and, with each sixty samples, the pulse rate as `heartRate` and SpO2, of
 * the latest packet. Pulse rate 0 or 255 and SpO2 0 or 127 are none; without a finger or while searching there is
 * no number at all.
 */
export class ContecCms50Parser implements LineDecoder {
  #form: keyof typeof forms = 'five'
  #packet: number[] = []
  #damage: number[] = []
  #damagedBytes = 0
  #pleth: number[] = []
  #latest: Measured | undefined
  readonly #contactEvents = contactEvents()

  push(chunk: Uint8Array): Decoded[] {
    const out: Decoded[] = []
    for (const byte of chunk) this.#take(byte, out)
    if (this.#damagedBytes >= keptDamage) this.#tellDamage(out)
    return out
  }

  flush(): Decoded[] {
    const out: Decoded[] = []
    for (const byte of this.#packet.splice(0)) this.#damaged(byte)
    this.#tellDamage(out)
    if (this.#pleth.length > 0) this.#emit(out)
    return out
  }

  #take(byte: number, out: Decoded[]): void {
    const bit = byte & 0x80
    if (this.#packet.length > 0 && bit === forms[this.#form].first) {
      const [, second] = this.#packet
      // Two bytes of the shorter form that go on like the longer one were the end of one packet and the beginning of the next.
      const isNine = this.#form === 'five' && this.#packet.length === 2 && second === 0x01
      for (const given of this.#packet.splice(0, isNine ? 1 : Infinity)) this.#damaged(given)
      this.#form = isNine ? 'nine' : this.#form
    }
    if (this.#packet.length === 0) {
      if (bit === 0 && byte !== 0x01) return this.#damaged(byte)
      this.#form = bit === 0 ? 'nine' : 'five'
    }
    this.#packet.push(byte)
    const { bytes, read } = forms[this.#form]
    if (this.#packet.length < bytes) return
    this.#tellDamage(out)
    this.#measured(read(this.#packet.splice(0)), out)
  }

  #measured(measured: Measured, out: Decoded[]): void {
    const isOff = measured.cause === 'sensor-off'
    out.push(...this.#contactEvents(isOff ? 'off-body' : 'on'))
    this.#pleth.push(isOff ? NaN : measured.pleth)
    this.#latest = measured
    if (this.#pleth.length === rateHz) this.#emit(out)
  }

  #emit(out: Decoded[]): void {
    out.push({ kind: 'samples', signal: 'ppg', rateHz, values: Float32Array.from(this.#pleth) })
    this.#pleth = []
    if (this.#latest === undefined) return
    const { heartRate, spo2, cause } = this.#latest
    out.push(vital('heartRate', heartRate, cause ?? (heartRate === 0 || heartRate === 255 ? 'invalid' : undefined)))
    out.push(vital('spo2', spo2, cause ?? (spo2 === 0 || spo2 === 127 ? 'invalid' : undefined)))
  }

  #damaged(byte: number): void {
    if (this.#damage.length < keptDamage) this.#damage.push(byte)
    this.#damagedBytes++
  }

  #tellDamage(out: Decoded[]): void {
    if (this.#damagedBytes === 0) return
    const expected = 'contec-cms50: expected packets of 5 or 9 bytes, told apart by bit 7 of the first'
    const refusal = refuse('bad-length', `${expected}, received ${this.#damagedBytes} bytes that are none`)
    out.push(toFault(refusal, Uint8Array.from(this.#damage)))
    this.#damage = []
    this.#damagedBytes = 0
  }
}

function readFive(packet: number[]): Measured {
  const [first = 0, pleth = 0, third = 0, low = 0, spo2 = 0] = packet
  const isOff = ((first | third) & 0x10) !== 0
  const cause = isOff ? 'sensor-off' : (third & 0x20) !== 0 ? 'searching' : undefined
  return { pleth, heartRate: ((third & 0x40) << 1) | low, spo2, ...(cause !== undefined && { cause }) }
}

function readNine(packet: number[]): Measured {
  const highBits = packet[1]! & 0x7f
  const [, pleth = 0, , heartRate = 0, spo2 = 0] = packet
    .slice(2)
    .map((byte, place) => (byte & 0x7f) | (((highBits >> place) & 1) << 7))
  const cause = (highBits & 0x02) !== 0 ? 'sensor-off' : (highBits & 0x01) !== 0 ? 'searching' : undefined
  return { pleth: pleth & 0x7f, heartRate, spo2, ...(cause !== undefined && { cause }) }
}

function vital(signal: 'heartRate' | 'spo2', value: number, cause: NoReadingCause | undefined): Decoded {
  if (cause !== undefined) return noReading(signal, cause)
  const reading = valueReading(signal, value)
  return reading.kind === 'refusal' ? toFault(reading, new Uint8Array()) : (reading satisfies Reading)
}

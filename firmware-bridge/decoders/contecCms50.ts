import type { LineDecoder } from '../decoders.ts'
import type { Decoded, NoReadingCause } from '../records.ts'
import { refuse, toFault } from '../refusal.ts'
import { contactEvents } from './bluetooth/contact.ts'
import { valueReading } from './bluetooth/readings.ts'

const rateHz = 60
/** Bytes that are no packet, kept to be shown. */
const keptDamage = 64

/** What one packet says, and its bytes. */
interface Measured {
  packet: Uint8Array
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
 * follow, lowest first, then those seven: signal strength, pleth, bar, pulse rate, SpO2, two unused. The lowest two
 * of those bits say that the device searches or that the probe is off; those who worked it out do not agree on which is which.
 */
const forms = {
  five: { bytes: 5, first: 0x80, read: readFive },
  nine: { bytes: 9, first: 0, read: readNine },
} as const

/**
 * The live formats of Contec's CMS50D+, which its maker does not publish: after `atbrask/CMS50Dplus` and
 * `headrotor/contec_data`, who worked them out. Gives the pleth as `ppg` and, with each sixty samples, the pulse rate as `heartRate` and SpO2, of
 * the latest packet. Damage up to the length of a packet is one missing sample; beyond that nothing says how many are missing, and the block
 * ends there. The format has no sum: what is damaged and looks right, or lost in whole packets, cannot be seen. Pulse rate 0 or 255 and SpO2 0 or 127 are none; without a finger or while searching there is
 * no number at all.
 */
export class ContecCms50Parser implements LineDecoder {
  #form: keyof typeof forms = 'five'
  #packet: number[] = []
  #damage: number[] = []
  #damagedBytes = 0
  #pleth: number[] = []
  #latest: Measured | undefined
  /** Samples, missing ones too, since the numbers were given. */
  #sinceNumbers = 0
  readonly #contactEvents = contactEvents()

  push(chunk: Uint8Array): Decoded[] {
    const out: Decoded[] = []
    for (const byte of chunk) this.#take(byte, out)
    if (this.#damagedBytes >= keptDamage) this.#closeGap(out)
    return out
  }

  flush(): Decoded[] {
    const out: Decoded[] = []
    for (const byte of this.#packet.splice(0)) this.#damaged(byte)
    this.#tellDamage(out)
    this.#emitPleth(out)
    if (this.#sinceNumbers > 0) this.#emitNumbers(out)
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
    this.#closeGap(out)
    this.#measured(read(this.#packet.splice(0)), out)
  }

  #measured(measured: Measured, out: Decoded[]): void {
    const isOff = measured.cause === 'sensor-off'
    // Of the longer form it is not sure why there is no number.
    const isKnown = measured.cause === undefined || this.#form === 'five'
    out.push(...this.#contactEvents(!isKnown ? undefined : isOff ? 'off-body' : 'on'))
    this.#latest = measured
    this.#sample(isOff || !isKnown ? NaN : measured.pleth, out)
  }

  #sample(pleth: number, out: Decoded[]): void {
    this.#pleth.push(pleth)
    this.#sinceNumbers++
    if (this.#pleth.length === rateHz) this.#emitPleth(out)
    if (this.#sinceNumbers === rateHz) this.#emitNumbers(out)
  }

  #emitPleth(out: Decoded[]): void {
    if (this.#pleth.length > 0)
      out.push({ kind: 'samples', signal: 'ppg', rateHz, values: Float32Array.from(this.#pleth) })
    this.#pleth = []
  }

  #emitNumbers(out: Decoded[]): void {
    this.#sinceNumbers = 0
    if (this.#latest === undefined) return
    const { heartRate, spo2, cause, packet } = this.#latest
    const isNoRate = heartRate === 0 || heartRate === 255
    const isNoSpo2 = spo2 === 0 || spo2 === 127
    out.push(vital('heartRate', cause ?? (isNoRate ? 'invalid' : heartRate), packet))
    out.push(vital('spo2', cause ?? (isNoSpo2 ? 'invalid' : spo2), packet))
  }

  /** Puts one missing sample where a packet was damaged, and ends the block where more was. */
  #closeGap(out: Decoded[]): void {
    if (this.#damagedBytes > forms[this.#form].bytes) this.#emitPleth(out)
    else if (this.#damagedBytes > 0 && this.#pleth.length > 0) this.#sample(NaN, out)
    this.#tellDamage(out)
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
  const heartRate = ((third & 0x40) << 1) | low
  return { packet: Uint8Array.from(packet), pleth, heartRate, spo2, ...(cause !== undefined && { cause }) }
}

function readNine(packet: number[]): Measured {
  const highBits = packet[1]! & 0x7f
  const [, pleth = 0, , heartRate = 0, spo2 = 0] = packet
    .slice(2)
    .map((byte, place) => (byte & 0x7f) | (((highBits >> place) & 1) << 7))
  const cause = (highBits & 0x03) !== 0 ? 'searching' : undefined
  const values = { pleth: pleth & 0x7f, heartRate, spo2 }
  return { packet: Uint8Array.from(packet), ...values, ...(cause !== undefined && { cause }) }
}

function vital(signal: 'heartRate' | 'spo2', value: number | NoReadingCause, packet: Uint8Array): Decoded {
  const reading = valueReading(signal, value)
  return reading.kind === 'refusal' ? toFault(reading, packet) : reading
}

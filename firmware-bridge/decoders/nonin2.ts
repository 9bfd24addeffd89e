import type { LineDecoder } from '../decoders.ts'
import type { Decoded, NoReadingCause, Reading } from '../records.ts'
import { refuse, toFault } from '../refusal.ts'
import type { Contact } from './bluetooth/contact.ts'
import { contactEvents } from './bluetooth/contact.ts'
import { noReading, valueReading } from './bluetooth/readings.ts'

const packetBytes = 5
const packetsInFrame = 25
const rateHz = 75
const vitalsRateHz = rateHz / packetsInFrame

/** Bits of the status byte; bit 7 is always set. */
const status = { sync: 0x01, outOfTrack: 0x10, sensorAlarm: 0x08, sensorDisconnected: 0x40, always: 0x80 }
/** Heart rate and SpO2 that stand for none. */
const noHeartRate = 511
const noSpo2 = 127

/**
 * Nonin Serial Data Format #2 (Xpod and OEM III specifications, "Serial Data Format #2"; 9600 baud, 8N1): packets of five bytes, 75 a second,
 * 25 in a frame that begins with SYNC: 0x01, status, pleth, a byte whose meaning is its place in the frame, and the sum of
 * the four modulo 256.
 *
 * Gives the pleth as `ppg` (a block a frame) and heart rate and SpO2 (the 4-beat averages at places 1 to 3) once a frame.
 * A sensor that is disconnected is `lead-off`, one that reads nothing that could be used (SNSA: the finger is out) `off-body`;
 * both, and a pulse that is out of track, leave no number. A packet with a wrong sum is a missing sample where the next one
 * stands in its place; otherwise bytes are given up until two packets stand in a row, and places are known again at SYNC.
 */
export class Nonin2Parser implements LineDecoder {
  #bytes = new Uint8Array(0)
  #isAligned = false
  /** Place of the next packet in the frame, from 0; undefined until a SYNC is seen. */
  #place: number | undefined
  #pleth: number[] = []
  #heartRateHigh: number | undefined
  readonly #contactEvents = contactEvents()

  push(chunk: Uint8Array): Decoded[] {
    return this.#read(chunk, false)
  }

  flush(): Decoded[] {
    const out = this.#read(new Uint8Array(0), true)
    this.#emitPleth(out)
    if (this.#bytes.length > 0)
      out.push(
        toFault(
          refuse('bad-length', `nonin-2: expected ${packetBytes} bytes, received ${this.#bytes.length}`),
          this.#bytes,
        ),
      )
    this.#bytes = new Uint8Array(0)
    this.#loseAlignment()
    return out
  }

  #read(chunk: Uint8Array, isEnd: boolean): Decoded[] {
    const bytes = new Uint8Array(this.#bytes.length + chunk.length)
    bytes.set(this.#bytes)
    bytes.set(chunk, this.#bytes.length)
    const out: Decoded[] = []
    let at = 0
    let lostFrom: number | undefined
    const lost = (): void => {
      if (lostFrom === undefined) return
      const given = bytes.subarray(lostFrom, at)
      out.push(
        toFault(
          refuse(
            'bad-crc',
            `nonin-2: expected packets of 0x01, status and a right sum, received ${given.length} bytes that are none`,
          ),
          given,
        ),
      )
      lostFrom = undefined
    }
    while (bytes.length - at >= packetBytes) {
      const isPacket = isPacketAt(bytes, at)
      const hasNext = bytes.length - at >= 2 * packetBytes
      // Whether a chance match or a damaged packet is before us, only the next packet tells.
      if (!hasNext && !isEnd && !(isPacket && this.#isAligned)) break
      const isNextPacket = hasNext && isPacketAt(bytes, at + packetBytes)
      if (isPacket && (this.#isAligned || isNextPacket || (isEnd && !hasNext))) {
        lost()
        this.#isAligned = true
        this.#packet(bytes, at, out)
        at += packetBytes
      } else if (this.#isAligned && isNextPacket) {
        lostFrom = at
        at += packetBytes
        lost()
        this.#damagedPacket(out)
      } else {
        if (this.#isAligned) this.#emitPleth(out)
        this.#loseAlignment()
        lostFrom ??= at
        at++
      }
    }
    lost()
    this.#bytes = bytes.slice(at)
    return out
  }

  #packet(bytes: Uint8Array, at: number, out: Decoded[]): void {
    const flags = bytes[at + 1]!
    const byte = bytes[at + 3]!
    const isOff = (flags & (status.sensorDisconnected | status.sensorAlarm)) !== 0
    if ((flags & status.sync) !== 0) {
      this.#emitPleth(out)
      this.#place = 0
    } else if (this.#place === packetsInFrame) this.#place = undefined
    out.push(...this.#contactEvents(contactOf(flags)))
    this.#pleth.push(isOff ? NaN : bytes[at + 2]!)
    if (this.#pleth.length === packetsInFrame) this.#emitPleth(out)
    if (this.#place === 0) this.#heartRateHigh = byte
    if (this.#place === 1 && this.#heartRateHigh !== undefined) {
      const heartRate = ((this.#heartRateHigh & 0x03) << 7) | (byte & 0x7f)
      out.push(
        vital(
          'heartRate',
          heartRate === noHeartRate ? undefined : heartRate,
          flags,
          bytes.subarray(at, at + packetBytes),
        ),
      )
    }
    if (this.#place === 2) {
      const spo2 = byte & 0x7f
      out.push(vital('spo2', spo2 === noSpo2 ? undefined : spo2, flags, bytes.subarray(at, at + packetBytes)))
    }
    if (this.#place !== undefined) this.#place++
  }

  /** A packet of which only its place is known. */
  #damagedPacket(out: Decoded[]): void {
    this.#pleth.push(NaN)
    if (this.#place === 0) this.#heartRateHigh = undefined
    if (this.#place !== undefined && ++this.#place > packetsInFrame) this.#place = undefined
    if (this.#place === 1) this.#heartRateHigh = undefined
    if (this.#pleth.length === packetsInFrame) this.#emitPleth(out)
  }

  #emitPleth(out: Decoded[]): void {
    if (this.#pleth.length === 0) return
    out.push({ kind: 'samples', signal: 'ppg', rateHz, values: Float32Array.from(this.#pleth) })
    this.#pleth = []
  }

  #loseAlignment(): void {
    this.#isAligned = false
    this.#place = undefined
    this.#heartRateHigh = undefined
  }
}

function isPacketAt(bytes: Uint8Array, at: number): boolean {
  const [first, flags, pleth, byte, sum] = bytes.subarray(at, at + packetBytes)
  return first === 0x01 && (flags! & status.always) !== 0 && ((first + flags! + pleth! + byte!) & 0xff) === sum
}

function contactOf(flags: number): Contact {
  if ((flags & status.sensorDisconnected) !== 0) return 'lead-off'
  return (flags & status.sensorAlarm) !== 0 ? 'off-body' : 'on'
}

function vital(signal: 'heartRate' | 'spo2', value: number | undefined, flags: number, packet: Uint8Array): Decoded {
  const cause = causeOf(flags)
  if (cause !== undefined || value === undefined) return noReading(signal, cause ?? 'invalid')
  const reading = valueReading(signal, value, vitalsRateHz)
  return reading.kind === 'refusal' ? toFault(reading, packet) : (reading satisfies Reading)
}

function causeOf(flags: number): NoReadingCause | undefined {
  if ((flags & (status.sensorDisconnected | status.sensorAlarm)) !== 0) return 'sensor-off'
  return (flags & status.outOfTrack) !== 0 ? 'searching' : undefined
}

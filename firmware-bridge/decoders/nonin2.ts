import type { LineDecoder } from '../decoders.ts'
import type { Decoded, NoReadingCause } from '../records.ts'
import { refuse, toFault } from '../refusal.ts'
import type { Contact } from './bluetooth/contact.ts'
import { contactEvents } from './bluetooth/contact.ts'
import { valueReading } from './bluetooth/readings.ts'

const packetBytes = 5
const packetsInFrame = 25
const rateHz = 75
const vitalsRateHz = rateHz / packetsInFrame

/** Bits of the status byte; bit 7 is always set. */
const status = {
  sync: 0x01,
  perfusion: 0x06,
  lowPerfusion: 0x04,
  sensorAlarm: 0x08,
  outOfTrack: 0x10,
  artifact: 0x20,
  sensorDisconnected: 0x40,
  always: 0x80,
}
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
 * both, and a pulse that is out of track, in any packet of a frame leave no number, whatever it says. A single artifact or low
 * perfusion does not: the device has taken it into account where it gives a number, and is the cause where it gives none.
 *
 * A packet with a wrong sum is a missing sample where the next one stands in its place; otherwise bytes are given up until two
 * packets stand in a row, and places are known again at SYNC. Nothing counts the packets, so one that is lost whole shows only
 * when the next SYNC comes early, and until then SpO2 would pass for a heart rate: numbers are given when their frame is complete.
 */
export class Nonin2Parser implements LineDecoder {
  #bytes = new Uint8Array(0)
  #isAligned = false
  /** Place of the next packet in the frame, from 0; undefined until a SYNC is seen. */
  #place: number | undefined
  #pleth: number[] = []
  #frame = newFrame()
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
    const packet = bytes.subarray(at, at + packetBytes)
    if ((flags & status.sync) !== 0) {
      this.#emitPleth(out)
      this.#endFrame(packet, out)
      this.#place = 0
    } else if (this.#place === packetsInFrame) {
      out.push(
        toFault(refuse('bad-length', `nonin-2: expected SYNC after ${packetsInFrame} packets, received none`), packet),
      )
      this.#loseFrame()
    }
    out.push(...this.#contactEvents(contactOf(flags)))
    this.#pleth.push(isOff ? NaN : bytes[at + 2]!)
    if (this.#pleth.length === packetsInFrame) this.#emitPleth(out)
    if (this.#place === undefined) return
    this.#frame.flags |= flags
    this.#frame.isWeak ||= (flags & status.artifact) !== 0 || (flags & status.perfusion) === status.lowPerfusion
    if (this.#place <= 2) this.#frame.numbers[this.#place] = byte
    if (++this.#place === packetsInFrame) this.#endFrame(packet, out)
  }

  /** A packet of which only its place is known. */
  #damagedPacket(out: Decoded[]): void {
    this.#pleth.push(NaN)
    if (this.#place !== undefined && ++this.#place > packetsInFrame) this.#loseFrame()
    if (this.#pleth.length === packetsInFrame) this.#emitPleth(out)
  }

  /** Gives the numbers of a frame if it has all its packets, intact or not. */
  #endFrame(packet: Uint8Array, out: Decoded[]): void {
    const { flags, isWeak, numbers } = this.#frame
    const [high, low, spo2] = numbers
    if (this.#place === packetsInFrame) {
      const none = causeOf(flags)
      const unknown = isWeak ? 'poor-signal' : 'invalid'
      if (high !== undefined && low !== undefined)
        out.push(vital('heartRate', ((high & 0x03) << 7) | (low & 0x7f), none, unknown, packet))
      if (spo2 !== undefined) out.push(vital('spo2', spo2 & 0x7f, none, unknown, packet))
    } else if (this.#place !== undefined) {
      const detail = `nonin-2: expected ${packetsInFrame} packets from SYNC to SYNC, received ${this.#place}`
      out.push(toFault(refuse('bad-length', detail), packet))
    }
    this.#frame = newFrame()
  }

  #emitPleth(out: Decoded[]): void {
    if (this.#pleth.length === 0) return
    out.push({ kind: 'samples', signal: 'ppg', rateHz, values: Float32Array.from(this.#pleth) })
    this.#pleth = []
  }

  #loseAlignment(): void {
    this.#isAligned = false
    this.#loseFrame()
  }

  #loseFrame(): void {
    this.#place = undefined
    this.#frame = newFrame()
  }
}

/** What a frame has said so far: the status bits of all its packets, and its first three numbers where they were intact. */
const newFrame = (): { flags: number; isWeak: boolean; numbers: (number | undefined)[] } => ({
  flags: 0,
  isWeak: false,
  numbers: [],
})

function isPacketAt(bytes: Uint8Array, at: number): boolean {
  const [first, flags, pleth, byte, sum] = bytes.subarray(at, at + packetBytes)
  return first === 0x01 && (flags! & status.always) !== 0 && ((first + flags! + pleth! + byte!) & 0xff) === sum
}

function contactOf(flags: number): Contact {
  if ((flags & status.sensorDisconnected) !== 0) return 'lead-off'
  return (flags & status.sensorAlarm) !== 0 ? 'off-body' : 'on'
}

/**
 * @param none why there is no number, whatever is said
 * @param unknown why there is none where the device says so
 */
function vital(
  signal: 'heartRate' | 'spo2',
  value: number,
  none: NoReadingCause | undefined,
  unknown: NoReadingCause,
  packet: Uint8Array,
): Decoded {
  const isUnknown = value === (signal === 'heartRate' ? noHeartRate : noSpo2)
  const reading = valueReading(signal, none ?? (isUnknown ? unknown : value), vitalsRateHz)
  return reading.kind === 'refusal' ? toFault(reading, packet) : reading
}

function causeOf(flags: number): NoReadingCause | undefined {
  if ((flags & (status.sensorDisconnected | status.sensorAlarm)) !== 0) return 'sensor-off'
  return (flags & status.outOfTrack) !== 0 ? 'searching' : undefined
}

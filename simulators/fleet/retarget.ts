import { crc32 } from 'node:zlib'
import { cobsEncode, maxCobsBytes } from '../../firmware-bridge/cobs.ts'
import { crcBytes, maxContentBytes } from '../../firmware-bridge/frameLimits.ts'
import { crcChange } from './crcShift.ts'

const sequenceAt = 2
const bootIdAt = 6
const tickAt = 10
/** In the stuffed frame: within the first block each byte that is not 0 stands one further than before. */
const stuffedBootIdAt = bootIdAt + 1

const workspace = new Uint8Array(maxContentBytes)
const view = new DataView(workspace.buffer)

/** Whether a boot id has no byte of 0, so that stuffing leaves it as it is. */
export function isPlain(word: number): boolean {
  return (word & 0xff) !== 0 && (word & 0xff00) !== 0 && (word & 0xff0000) !== 0 && (word & 0xff000000) !== 0
}

/**
 * A frame made beforehand, under a new sequence number and tick, for one device after the other: they differ in boot id and
 * CRC alone, so of the stuffed bytes only eight change, unless a byte of the CRC is 0 and the frame has to be stuffed anew.
 */
export class SharedFrame {
  readonly #content: Uint8Array
  readonly #bootId: number
  readonly #crc: number
  readonly #stuffed: Buffer
  /** Where the CRC begins in `#stuffed`; undefined where it cannot be changed in place. */
  readonly #stuffedCrcAt: number | undefined
  /** The most bytes that it takes, delimiter included. */
  readonly maxBytes: number

  /** `content`: header and payload, unstuffed, under any header. */
  constructor(content: Uint8Array, { sequence, tick }: { sequence: number; tick: number }) {
    this.#content = content.slice()
    const header = new DataView(this.#content.buffer)
    header.setUint32(sequenceAt, sequence, true)
    header.setUint32(tickAt, tick >>> 0, true)
    header.setUint32(tickAt + 4, Math.floor(tick / 2 ** 32), true)
    this.#bootId = 0x01010101
    header.setUint32(bootIdAt, this.#bootId, true)
    this.maxBytes = maxCobsBytes(content.length + crcBytes) + 1
    this.#crc = crc32(this.#content)
    const stuffed = Buffer.alloc(this.maxBytes)
    this.#stuffed = stuffed.subarray(0, this.#stuff(this.#bootId, stuffed, 0))
    const end = this.#stuffed.length - 1
    // Four bytes in a row before the delimiter: neither a 0 nor the end of a full block came between them.
    const inPlace = isPlain(this.#crc) && this.#stuffed.readUInt32LE(end - crcBytes) === this.#crc
    this.#stuffedCrcAt = inPlace ? end - crcBytes : undefined
  }

  /** Writes the frame as that of the boot `bootId` into `target` from `at`; returns the index after its delimiter. */
  write(bootId: number, target: Buffer, at: number): number {
    const crcAt = this.#stuffedCrcAt
    const distance = this.#content.length - bootIdAt - 4
    const crc = (this.#crc ^ crcChange(bootId ^ this.#bootId, distance)) >>> 0
    if (crcAt === undefined || !isPlain(crc) || !isPlain(bootId)) return this.#stuff(bootId, target, at)
    this.#stuffed.copy(target, at)
    target.writeUInt32LE(bootId, at + stuffedBootIdAt)
    target.writeUInt32LE(crc, at + crcAt)
    return at + this.#stuffed.length
  }

  #stuff(bootId: number, target: Uint8Array, at: number): number {
    const { length } = this.#content
    workspace.set(this.#content)
    view.setUint32(bootIdAt, bootId, true)
    view.setUint32(length, crc32(workspace.subarray(0, length)), true)
    const end = cobsEncode(workspace, length + crcBytes, target, at)
    target[end] = 0
    return end + 1
  }
}

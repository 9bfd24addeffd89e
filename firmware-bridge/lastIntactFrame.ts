import { crcTable } from './crc32.ts'
import { openRun } from './envelope.ts'
import { frameVersion, maxEncodedBytes } from './frameLimits.ts'

/** For each position, whether a chain of COBS blocks leads from there to the end exactly. */
const leadsToEnd = new Uint8Array(maxEncodedBytes)
/** For each of those, the CRC register that must stand before its block for the CRC at the end to be right. */
const registerBefore = new Int32Array(maxEncodedBytes)

/**
 * Steps of the CRC in one search: 64 for each byte. Frames take a few for each byte; only bytes made for the purpose,
 * in which every position begins a long block, take more, and they must not hold up what else there is to do.
 */
const maxSteps = 64 * maxEncodedBytes

/** What the register holds after any message with its CRC behind it, and what it holds before the first byte. */
const registerAtEnd = 0xdebb20e3 | 0
const registerAtStart = 0xffffffff | 0

/** The table's index by the highest byte of its entry, which is different in all of them. */
const indexByHighest = new Uint8Array(256)
for (let index = 0; index < 256; index++) indexByHighest[crcTable[index]! >>> 24] = index

/**
 * Where noise or a lost delimiter stands before a whole frame, the bytes up to the next delimiter do not check, but
 * their last part does. Looks through `source[start..end)` (no 0x00 in it, the delimiter after it) from its end and
 * returns where an intact frame of this version begins and the length of its header and payload; at most
 * `maxEncodedBytes` are looked at. The workspace holds the frame found.
 *
 * Every position could be the beginning, but their CRCs need not be taken one by one: from the end backwards, each
 * block only adds its own bytes to what the next one has found.
 */
export function lastIntactFrame(
  source: Uint8Array,
  start: number,
  end: number,
): { at: number; length: number } | undefined {
  const from = Math.max(start, end - maxEncodedBytes)
  let steps = 0
  for (let at = end - 1; at >= from && steps < maxSteps; at--) {
    const code = source[at]!
    const next = at + code
    const leads = next === end || (next < end && leadsToEnd[next - from] === 1)
    leadsToEnd[at - from] = leads ? 1 : 0
    if (!leads) continue
    let register = next === end ? registerAtEnd : registerBefore[next - from]!
    if (next < end && code !== 0xff) register = stepBack(register, 0)
    for (let i = next - 1; i > at; i--) register = stepBack(register, source[i]!)
    registerBefore[at - from] = register
    steps += code
    // A frame begins with two bytes that are never zero (version, type): its first block holds both.
    if (register !== registerAtStart || code < 3 || source[at + 1] !== frameVersion) continue
    const length = openRun(source, at, end)
    if (typeof length === 'number') return { at, length }
  }
  return undefined
}

/** Undoes a step of the CRC: the register before `byte`, of which `register` came. */
function stepBack(register: number, byte: number): number {
  const index = indexByHighest[register >>> 24]!
  return ((register ^ crcTable[index]!) << 8) | (index ^ byte)
}

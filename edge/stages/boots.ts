import { crc32 } from 'node:zlib'
import type { WireRecord } from '../../firmware-bridge/records.ts'

/** What was heard of one boot of a device. JSON-able. */
export interface Boot {
  bootId: number
  /** The sequence number expected next. */
  next: number
  /** Stream time up to which anything was measured, µs. */
  newestTick: number
  /** Ranges of sequence numbers (first, last) that were jumped over. */
  missing: [number, number][]
  /** Frames in a row with an old number and yet new stream time, and the last one's number: the counter is wrong, not the frame. */
  behind?: Run
  /** Frames in a row whose ticks lie far behind those before. */
  back?: Run
  /** Frames with the number of an earlier one that say something else. */
  contradictions?: number
  /** How often its counters began anew without another boot id. */
  anew?: number
  /** What the wraps of its tick counter come to, µs. */
  wrapped?: number
}

interface Run {
  count: number
  last: number
}

/** What some frames of the newest boot said, by their number: the first ones, and each so many of the later ones. JSON-able. */
export interface Marks {
  every: number
  said: [sequence: number, checksum: number][]
}

/** Marks of one device, which seldom change: `of` is for changing them. */
export interface MarkBook {
  peek: () => Marks | undefined
  of: () => Marks
}

export const noMarks = (): Marks => ({ every: firstEvery, said: [] })

/** Where a frame belongs. `next`: it goes on; `back`: its tick is so far behind that nothing can be made of it yet. */
export type Place = 'next' | 'duplicate' | 'late' | 'back'

const rememberedBoots = 4
const rememberedGaps = 32
/** So many frames one after another are right and what was heard before is not: a counter was wrong once, or began anew. */
const framesToAgree = 5
/** Ticks that lie further behind the newest are no block that was filled long, µs; still further, and nothing is made of them. */
const backMicros = 10_000_000
const farBackMicros = 60_000_000
/** Counters of 32 bits, in µs and in ms: their period, µs. What is missing of a tick after a wrap is at most `wrapGap`. */
const wraps = [2 ** 32, 2 ** 32 * 1000] as const
const wrapGapMicros = 120_000_000
/** The first frames of a boot all have a mark, of later ones at first each so many; at most so many marks. */
const firstMarks = 32
const firstEvery = 64
const mostMarks = 96
const contradictionsToAgree = 2

/** Takes a frame in, in the order in which frames arrive; `lost` is how many were jumped over. */
export function placeOf(boots: Boot[], record: WireRecord, book: MarkBook): { place: Place; boot: Boot; lost: number } {
  const { bootId, sequence } = record
  const known = boots.find((other) => other.bootId === bootId)
  if (known === undefined) {
    const boot = { bootId, next: (sequence + 1) >>> 0, newestTick: endOf(record), missing: [] }
    Object.assign(book.of(), noMarks())
    mark(book, record)
    boots.push(boot)
    if (boots.length > rememberedBoots) boots.shift()
    return { place: 'next', boot, lost: 0 }
  }
  const boot = known
  // Serial-number arithmetic: the difference of two wrapping 32-bit counters, as a signed number.
  const ahead = (sequence - boot.next) | 0
  const isCurrent = boot === boots.at(-1)
  if (ahead >= 0 && isCurrent) {
    if (boot.behind !== undefined) delete boot.behind
    if (ahead > 0) addMissing(boot, [boot.next, (sequence - 1) >>> 0])
    boot.next = (sequence + 1) >>> 0
    return { place: placeInTime(boot, record, book), boot, lost: ahead }
  }
  if (isCurrent && isNew(boot, record) && isRun((boot.behind = runOf(boot.behind, sequence)))) {
    delete boot.behind
    Object.assign(boot, { next: (sequence + 1) >>> 0, newestTick: endOf(record) + (boot.wrapped ?? 0), missing: [] })
    return { place: 'next', boot, lost: 0 }
  }
  if (ahead >= 0) {
    boot.next = (sequence + 1) >>> 0
    if (ahead > 0) addMissing(boot, [(sequence - ahead) >>> 0, (sequence - 1) >>> 0])
    return { place: 'late', boot, lost: 0 }
  }
  if (isFound(boot, sequence)) return { place: 'late', boot, lost: 0 }
  if (!isCurrent || !contradicts(boot, record, book)) return { place: 'duplicate', boot, lost: 0 }
  beginAnew(boot, record, book)
  return { place: 'next', boot, lost: 0 }
}

/** The record in the stream time that is this device's alone: its boot since its counters began anew, its tick without wraps. */
export function inStreamTime(record: WireRecord, { bootId, anew = 0, wrapped = 0 }: Boot): WireRecord {
  if (anew === 0 && wrapped === 0) return record
  return { ...record, bootId: anew === 0 ? bootId : crc32(`${anew} after ${bootId}`), tick: record.tick + wrapped }
}

function addMissing({ missing }: Boot, ...ranges: [number, number][]): void {
  missing.push(...ranges)
  while (missing.length > rememberedGaps) missing.shift()
}

/** Whether a number was missing; it is no longer. Differences of numbers are those of wrapping 32-bit counters. */
function isFound(boot: Boot, sequence: number): boolean {
  const index = boot.missing.findIndex(([first, last]) => (sequence - first) >>> 0 <= (last - first) >>> 0)
  const [first, last] = boot.missing[index] ?? []
  if (first === undefined || last === undefined) return false
  boot.missing.splice(index, 1)
  if (sequence !== last) addMissing(boot, [(sequence + 1) >>> 0, last])
  if (sequence !== first) addMissing(boot, [first, (sequence - 1) >>> 0])
  return true
}

function placeInTime(boot: Boot, record: WireRecord, book: MarkBook): Place {
  const end = endOf(record) + (boot.wrapped ?? 0)
  // Who it is needs no time, and some say it without.
  if (record.kind === 'hello' || end >= boot.newestTick - backMicros) {
    if (boot.back !== undefined) delete boot.back
    boot.newestTick = Math.max(boot.newestTick, end)
    mark(book, record)
    return 'next'
  }
  const wrap = wraps.find((period) => Math.abs(end + period - boot.newestTick - wrapGapMicros / 2) <= wrapGapMicros / 2)
  if (wrap !== undefined) {
    boot.wrapped = (boot.wrapped ?? 0) + wrap
    return placeInTime(boot, record, book)
  }
  if (isRun((boot.back = runOf(boot.back, record.sequence)))) {
    beginAnew(boot, record, book)
    return 'next'
  }
  return end < boot.newestTick - farBackMicros ? 'back' : 'next'
}

/** Of a frame with an old number: whether it was measured after all others; not before the last wrap. */
function isNew({ newestTick, wrapped = 0 }: Boot, record: WireRecord): boolean {
  const after = endOf(record) + wrapped - newestTick
  return after > 0 && (wrapped === 0 || after < wraps[0] / 2)
}

/** Without another boot id its counters began anew: what they count from here on is another stretch of stream time. */
function beginAnew(boot: Boot, record: WireRecord, book: MarkBook): void {
  for (const part of ['behind', 'back', 'contradictions', 'wrapped'] as const) delete boot[part]
  boot.anew = (boot.anew ?? 0) + 1
  Object.assign(boot, { next: (record.sequence + 1) >>> 0, newestTick: endOf(record), missing: [] })
  Object.assign(book.of(), noMarks())
  mark(book, record)
}

function runOf(run: Run | undefined, sequence: number): Run {
  return { count: run?.last === (sequence - 1) >>> 0 ? run.count + 1 : 1, last: sequence }
}

const isRun = ({ count }: Run): boolean => count >= framesToAgree

/** Remembers what a frame said, few of many: a frame of the same number that says something else is not its repetition. */
function mark({ peek, of }: MarkBook, record: WireRecord): void {
  const { every, said } = peek() ?? noMarks()
  const { sequence } = record
  // The time of day may be another when the same is sent again.
  if (record.kind === 'time' || (said.length >= firstMarks && sequence % every !== 0)) return
  const marks = of()
  marks.said.push([sequence, checksumOf(record)])
  if (marks.said.length <= mostMarks) return
  marks.every *= 2
  marks.said = marks.said.filter(([number], i) => i < firstMarks || number % marks.every === 0)
}

function contradicts(boot: Boot, record: WireRecord, { peek }: MarkBook): boolean {
  const said = peek()?.said.find(([sequence]) => sequence === record.sequence)
  if (said === undefined) return false
  boot.contradictions = said[1] === checksumOf(record) ? 0 : (boot.contradictions ?? 0) + 1
  return boot.contradictions >= contradictionsToAgree
}

function checksumOf(record: WireRecord): number {
  if (record.kind !== 'samples') return crc32(JSON.stringify(record))
  const { values, ...rest } = record
  return crc32(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), crc32(JSON.stringify(rest)))
}

/** Stream time of the end of what it says, by its own counter, µs. */
function endOf(record: WireRecord): number {
  return record.kind === 'samples' ? record.tick + (record.values.length * 1e6) / record.rateHz : record.tick
}

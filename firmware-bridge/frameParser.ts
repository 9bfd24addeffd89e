import { openRun } from './envelope.ts'
import type { Content } from './frame.ts'
import { readContent } from './frame.ts'
import { maxEncodedBytes } from './frameLimits.ts'
import { lastIntactFrame } from './lastIntactFrame.ts'
import type { DecodeFault, DecodeFaultReason, RecordHeader, StreamDecoder, WireRecord } from './records.ts'
import { decodeFaultReasons } from './records.ts'
import type { Refusal } from './refusal.ts'
import { maxFaultBytes, refuse, toFault } from './refusal.ts'
import { ValueRoom } from './valueRoom.ts'

/** What a parser has seen since it was made. */
export interface FrameCounts {
  bytes: number
  /** Frames whose CRC was right, whatever stood in them. */
  frames: number
  faults: Record<DecodeFaultReason, number>
  /** Bytes that belonged to no such frame. */
  discardedBytes: number
  /** Frames missing by sequence number, within a boot. */
  lostFrames: number
  /** Frames whose sequence number was not ahead of the last: sent twice or out of order. */
  repeatedFrames: number
}

/**
 * Turns the bytes of one device's line into records, whatever they are cut into. Frames that lie whole in a chunk are
 * read where they lie; others are gathered in a buffer of two frames. What cannot be read is a fault, and the stream
 * goes on; no byte of an intact frame is given up for damage before it.
 */
export class FrameParser implements StreamDecoder {
  readonly counts: FrameCounts = {
    bytes: 0,
    frames: 0,
    faults: Object.fromEntries(decodeFaultReasons.map((reason) => [reason, 0])) as FrameCounts['faults'],
    discardedBytes: 0,
    lostFrames: 0,
    repeatedFrames: 0,
  }
  /** The beginning of a frame whose end has not come; of an over-long run, its last part. */
  readonly #pending = new Uint8Array(2 * maxEncodedBytes)
  #length = 0
  /** All bytes since the last delimiter, of which `#pending` may hold only the last. */
  #runLength = 0
  #last: RecordHeader | undefined

  /** How much of a frame whose end has not come is held: bytes, at most those of two frames. */
  get pendingBytes(): number {
    return this.#length
  }

  /** Reads a chunk; the caller may use its memory again. The values of its records share memory: do not transfer it. */
  push(chunk: Uint8Array): (WireRecord | DecodeFault)[] {
    const out: (WireRecord | DecodeFault)[] = []
    this.counts.bytes += chunk.length
    const room = new ValueRoom(this.#length + chunk.length)
    let start = 0
    while (start < chunk.length) {
      const delimiter = chunk.indexOf(0, start)
      const end = delimiter < 0 ? chunk.length : delimiter
      if (delimiter >= 0 && this.#length === 0 && end - start <= maxEncodedBytes)
        this.#read(chunk, start, end, out, room)
      else {
        this.#gather(chunk, start, end, out)
        if (delimiter >= 0) this.#finish(out, room)
      }
      start = end + 1
    }
    return out
  }

  /** Ends the stream: what is pending counts as a frame, for carriers that leave out the last delimiter. */
  flush(): (WireRecord | DecodeFault)[] {
    const out: (WireRecord | DecodeFault)[] = []
    this.#finish(out, new ValueRoom(this.#length))
    return out
  }

  /** Adds `chunk[start..end)` to what is pending, and reports a run that has become too long once. */
  #gather(chunk: Uint8Array, start: number, end: number, out: (WireRecord | DecodeFault)[]): void {
    const grown = this.#runLength + end - start
    if (grown > maxEncodedBytes && this.#runLength <= maxEncodedBytes) {
      const head = new Uint8Array(maxFaultBytes)
      head.set(this.#pending.subarray(0, Math.min(this.#length, maxFaultBytes)))
      if (this.#length < maxFaultBytes)
        head.set(chunk.subarray(start, start + maxFaultBytes - this.#length), this.#length)
      this.#fault(
        refuse('too-long', `frame: expected a delimiter within ${maxEncodedBytes} bytes, received none`),
        head,
        out,
      )
    }
    this.#runLength = grown
    const from = Math.max(start, end - maxEncodedBytes)
    if (this.#length + end - from > this.#pending.length) {
      this.#pending.copyWithin(0, this.#length - maxEncodedBytes, this.#length)
      this.#length = maxEncodedBytes
    }
    this.#pending.set(chunk.subarray(from, end), this.#length)
    this.#length += end - from
  }

  #finish(out: (WireRecord | DecodeFault)[], room: ValueRoom): void {
    const { length, runLength } = { length: this.#length, runLength: this.#runLength }
    this.#length = 0
    this.#runLength = 0
    if (runLength <= maxEncodedBytes) this.#read(this.#pending, 0, length, out, room)
    else this.#salvage(this.#pending, length - maxEncodedBytes, length, runLength, out, room)
  }

  /** Reads the bytes between two delimiters. */
  #read(source: Uint8Array, start: number, end: number, out: (WireRecord | DecodeFault)[], room: ValueRoom): void {
    // Two delimiters in a row: a sender that clears the line before its first frame.
    if (start === end) return
    const length = openRun(source, start, end)
    if (typeof length === 'number') return this.#deliver(readContent(length, room), source, start, end, out)
    this.#fault(length, source.subarray(start, end), out)
    this.#salvage(source, start, end, end - start, out, room)
  }

  /** Delivers the intact frame at the end of a damaged run of `runLength` bytes, if there is one. */
  #salvage(
    source: Uint8Array,
    start: number,
    end: number,
    runLength: number,
    out: (WireRecord | DecodeFault)[],
    room: ValueRoom,
  ): void {
    const found = lastIntactFrame(source, start, end)
    this.counts.discardedBytes += found === undefined ? runLength : runLength - (end - found.at)
    if (found !== undefined) this.#deliver(readContent(found.length, room), source, found.at, end, out)
  }

  /** The frame that lay at `source[start..end)` and has passed its CRC. */
  #deliver(content: Content, source: Uint8Array, start: number, end: number, out: (WireRecord | DecodeFault)[]): void {
    const { record, refusals, header } = content
    this.counts.frames++
    if (header !== undefined) this.#follow(header)
    for (const refusal of refusals) this.#fault(refusal, source.subarray(start, end), out)
    if (record.kind === 'refusal') this.#fault(record, source.subarray(start, end), out)
    else out.push(record)
  }

  #fault(refusal: Refusal, encoded: Uint8Array, out: (WireRecord | DecodeFault)[]): void {
    this.counts.faults[refusal.reason]++
    out.push(toFault(refusal, encoded))
  }

  /**
   * Counts what the sequence numbers say is missing. A new boot begins anew: what it lost before its first frame is
   * unknown.
   */
  #follow(header: RecordHeader): void {
    if (this.#last?.bootId === header.bootId) {
      const ahead = (header.sequence - this.#last.sequence) >>> 0
      if (ahead === 0 || ahead >= 0x80000000) {
        this.counts.repeatedFrames++
        return
      }
      this.counts.lostFrames += ahead - 1
    }
    this.#last = header
  }
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryRecord } from './arbitraryRecord.testing.ts'
import { encodeFrame } from './frame.ts'
import { maxEncodedBytes, maxSamplesInRecord } from './frameLimits.ts'
import { FrameParser } from './frameParser.ts'
import type { DecodeFault, WireRecord } from './records.ts'

const button = (sequence: number, bootId = 7): WireRecord => ({
  kind: 'event',
  sequence,
  bootId,
  tick: 1000,
  code: 'button',
})
const join = (...parts: ArrayLike<number>[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => Array.from(part)))
const records = (out: (WireRecord | DecodeFault)[]): WireRecord[] => out.filter((record) => record.kind !== 'fault')
const reasons = (out: (WireRecord | DecodeFault)[]): string[] =>
  out.flatMap((record) => (record.kind === 'fault' ? [record.reason] : []))
const parse = (bytes: Uint8Array, parser = new FrameParser()): (WireRecord | DecodeFault)[] => parser.push(bytes)
/** Cuts `bytes` at the given places, empty chunks included. */
const cutAt = (bytes: Uint8Array, places: number[]): Uint8Array[] => {
  const edges = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return edges.slice(1).map((end, i) => bytes.slice(edges[i], end))
}

describe('FrameParser', () => {
  const [first, second] = [encodeFrame(button(1)), encodeFrame(button(2))]

  it('reads a frame that comes one byte at a time', () => {
    const parser = new FrameParser()
    expect([...first].flatMap((byte) => parser.push(Uint8Array.of(byte)))).toEqual([button(1)])
  })

  it('reads two frames in one chunk', () => {
    expect(parse(join(first, second))).toEqual([button(1), button(2)])
  })

  it('waits for the end of a frame', () => {
    const parser = new FrameParser()
    expect(parser.push(first.subarray(0, -1))).toEqual([])
    expect(parser.push(Uint8Array.of(0))).toEqual([button(1)])
  })

  it('skips delimiters in a row without a fault', () => {
    expect(parse(join([0, 0, 0], first, [0, 0], second))).toEqual([button(1), button(2)])
  })

  it('reads a frame after noise that has no delimiter', () => {
    const parser = new FrameParser()
    const out = parser.push(join([0x55, 0xaa, 0x13], first))
    expect(reasons(out)).toEqual(['bad-cobs'])
    expect(records(out)).toEqual([button(1)])
    expect(parser.counts).toMatchObject({ bytes: 3 + first.length, frames: 1, discardedBytes: 3 })
  })

  it('reads the frame after one whose delimiter was lost', () => {
    expect(records(parse(join(first.subarray(0, -1), second)))).toEqual([button(2)])
  })

  it('reads the frame after one that was cut off', () => {
    for (let cut = 1; cut < first.length; cut++)
      expect(records(parse(join(first.subarray(0, cut), second)))).toEqual([button(2)])
  })

  it('reads the frame after a false start', () => {
    expect(records(parse(join([0x03, 0x01], first, second)))).toEqual([button(1), button(2)])
  })

  it('refuses a frame with any one bit flipped, and reads the next', () => {
    for (let bit = 0; bit < (first.length - 1) * 8; bit++) {
      const damaged = join(first)
      damaged[bit >> 3]! ^= 1 << (bit & 7)
      const out = parse(join(damaged, second))
      expect(records(out)).toEqual([button(2)])
      expect(reasons(out).length).toBeGreaterThan(0)
    }
  })

  it('reports a run without a delimiter once, and reads the frame at its end', () => {
    const parser = new FrameParser()
    const noise = new Uint8Array(1000).fill(0xa5)
    const out = Array.from({ length: 20 }, () => parser.push(noise)).flat()
    expect(reasons(out)).toEqual(['too-long'])
    expect(parser.push(join(first, second))).toEqual([button(1), button(2)])
    expect(parser.counts).toMatchObject({ discardedBytes: 20_000, faults: { 'too-long': 1 } })
  })

  it('reads the longest frame at the end of an over-long run', () => {
    const longest: WireRecord = {
      kind: 'samples',
      sequence: 0x01010101,
      bootId: 0x01010101,
      tick: 0x0101010101010,
      signal: 'accX',
      rateHz: 50,
      values: Float32Array.from({ length: maxSamplesInRecord }, (_, i) => (i + 1) / 16_384),
    }
    const frame = encodeFrame(longest)
    expect(frame.length).toBeGreaterThan(4096)
    expect(frame.length).toBeLessThanOrEqual(maxEncodedBytes + 1)
    const noise = new Uint8Array(5000).fill(0xa5)
    expect(records(parse(join(noise, frame)))).toEqual([longest])
    expect(records(cutAt(join(noise, frame), [1, 4000, 5000, 9000]).flatMap(push(new FrameParser())))).toEqual([
      longest,
    ])
  })

  it('reads a frame wherever it lies in an over-long run that comes byte by byte', () => {
    // The pending bytes are moved once in about 4113: somewhere in this span, amid the frame.
    for (let before = 2 * maxEncodedBytes - first.length - 2; before <= 2 * maxEncodedBytes + 1; before++) {
      const parser = new FrameParser()
      parser.push(new Uint8Array(2000).fill(0xa5))
      for (let sent = 2000; sent < before; sent += 500)
        parser.push(new Uint8Array(Math.min(500, before - sent)).fill(0xa5))
      expect([...first].flatMap((byte) => parser.push(Uint8Array.of(byte)))).toEqual([button(1)])
    }
  })

  it('keeps no reference to a chunk that its owner uses again', () => {
    const parser = new FrameParser()
    const chunk = join(first.subarray(0, -1), [9, 0])
    const out = parser.push(chunk)
    chunk.fill(0)
    expect(out[0]).toMatchObject({ kind: 'fault', bytes: join(first.subarray(0, -1), [9]) })
  })

  it('counts frames that are missing, repeated, and those of a new boot from their first', () => {
    const parser = new FrameParser()
    const sent: [number, number][] = [
      [0xfffffffe, 7],
      [1, 7],
      [1, 7],
      [0, 7],
      [4, 7],
      [100, 8],
      [101, 8],
    ]
    for (const [sequence, bootId] of sent) parser.push(encodeFrame(button(sequence, bootId)))
    // 0xffffffff and 0 are missing before 1; then 2 and 3. A late 0 does not make it less.
    expect(parser.counts).toMatchObject({ frames: 7, lostFrames: 4, repeatedFrames: 2 })
  })

  it('takes what is pending as complete at the end of the stream, and starts afresh', () => {
    const parser = new FrameParser()
    parser.push(first.subarray(0, -1))
    expect(parser.flush()).toEqual([button(1)])
    expect(parser.flush()).toEqual([])
    expect(parser.push(second)).toEqual([button(2)])
  })

  it('gives the same for any split of a stream, damaged or not', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.integer({ min: 1, max: 9000 }).map((n) => new Uint8Array(n).fill(0x5a)),
    )
    const piece = fc.oneof(
      { weight: 3, arbitrary: arbitraryRecord.map((r) => encodeFrame(r)) },
      { weight: 1, arbitrary: noise },
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 40 }), (pieces, places) => {
        const stream = join(...pieces)
        const [whole, split] = [new FrameParser(), new FrameParser()]
        expect(cutAt(stream, places).flatMap(push(split))).toEqual(parse(stream, whole))
        expect(split.counts).toEqual(whole.counts)
      }),
      { numRuns: 300 },
    )
  })

  it('after any damage delivers every frame that is whole in the stream, and nothing else', () => {
    const damage = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), mask: fc.integer({ min: 1, max: 255 }) }),
        fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 60 }) }),
        fc.record({
          kind: fc.constant('insert' as const),
          at: fc.nat(),
          bytes: fc.uint8Array({ minLength: 1, maxLength: 60 }),
        }),
        fc.record({
          kind: fc.constant('flood' as const),
          at: fc.nat(),
          length: fc.integer({ min: 4000, max: 20_000 }),
          seed: fc.integer(),
        }),
      ),
      { maxLength: 6 },
    )
    let delivered = 0
    let damaged = 0
    fc.assert(
      fc.property(
        fc.array(arbitraryRecord, { minLength: 1, maxLength: 12 }),
        damage,
        fc.array(fc.nat()),
        (given, hits, places) => {
          const sent = given.map((record, sequence) => ({ ...record, sequence, bootId: 7 }))
          const frames = sent.map((record) => encodeFrame(record))
          const stream = hits.reduce(
            apply,
            frames.flatMap((frame, of) => Array.from(frame, (byte, at) => ({ byte, of, at }))),
          )
          const bytes = Uint8Array.from(stream, ({ byte }) => byte)
          const parser = new FrameParser()
          const out = records(cutAt(bytes, places).flatMap(push(parser)))

          expect(out).toEqual(sent.filter((_, i) => Buffer.from(bytes).includes(Buffer.from(frames[i]!))))
          expect(out).toEqual(expect.arrayContaining(sent.filter((_, i) => untouched(stream, i, frames[i]!.length))))
          const gap = out.length === 0 ? 0 : out.at(-1)!.sequence - out[0]!.sequence + 1 - out.length
          expect(parser.counts.lostFrames).toBe(gap)
          delivered += out.length
          damaged += sent.length - out.length
        },
      ),
      { numRuns: 500 },
    )
    expect(delivered).toBeGreaterThan(500)
    expect(damaged).toBeGreaterThan(500)
  })
})

function push(parser: FrameParser): (chunk: Uint8Array) => (WireRecord | DecodeFault)[] {
  return (chunk) => parser.push(chunk)
}

/** A byte and where it comes from: place `at` of frame `of`; noise has neither. */
interface Traced {
  byte: number
  of?: number
  at?: number
}
type Hit =
  | { kind: 'flip'; at: number; mask: number }
  | { kind: 'cut'; at: number; length: number }
  | { kind: 'insert'; at: number; bytes: Uint8Array }
  | { kind: 'flood'; at: number; length: number; seed: number }

function apply(stream: Traced[], hit: Hit): Traced[] {
  const at = hit.at % (stream.length + 1)
  const [before, after] = [stream.slice(0, at), stream.slice(at)]
  switch (hit.kind) {
    case 'flip':
      return [...before, ...after.slice(0, 1).map(({ byte }) => ({ byte: byte ^ hit.mask })), ...after.slice(1)]
    case 'cut':
      return [...before, ...after.slice(hit.length)]
    case 'insert':
      return [...before, ...Array.from(hit.bytes, (byte) => ({ byte })), ...after]
    case 'flood':
      return [
        ...before,
        ...Array.from({ length: hit.length }, (_, i) => ({ byte: 1 + (hash(hit.seed + i) % 255) })),
        ...after,
      ]
  }
}

/** A number without pattern from one with (Knuth's multiplicative hash, folded). */
function hash(n: number): number {
  const product = Math.imul(n, 2654435761)
  return ((product >>> 16) ^ product) >>> 0
}

/** Whether all bytes of frame `of` stand in the stream one after the other, unchanged. */
function untouched(stream: Traced[], of: number, length: number): boolean {
  const start = stream.findIndex((traced) => traced.of === of && traced.at === 0)
  return start >= 0 && Array.from({ length }, (_, i) => stream[start + i]).every((t, i) => t?.of === of && t.at === i)
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryRecord } from './arbitraryRecord.testing.ts'
import { sealEnvelope, writeHeader } from './envelope.ts'
import { encodeFrame } from './frame.ts'
import { headerBytes, maxEncodedBytes } from './frameLimits.ts'
import { FrameParser } from './frameParser.ts'
import type { DecodeFault, RecordHeader, WireRecord } from './records.ts'

/**
 * So many times the runs, for a night: `PROPERTY_RUNS=100 npx vitest run --config test/vitest.config.ts
 * firmware-bridge/frameParser`.
 */
const times = Number(process.env['PROPERTY_RUNS'] ?? 1)
const timeout = 30_000 * times
/** A fault found is reported in time, even if a simpler case of it could still be found. */
const inTime = { interruptAfterTimeLimit: 0.7 * timeout, markInterruptAsFailure: true }

/** What the parser may hold: two frames of the longest. */
const mostPendingBytes = 2 * maxEncodedBytes

/** A frame as it was sent, with what a receiver that knows everything would say of it. */
interface Sent {
  header: RecordHeader
  /** Absent: a record type of the future, which is skipped but not lost. */
  record?: WireRecord
  frame: Uint8Array
  /** Place in its boot, without wrapping: a frame that is sent again has that of its original. */
  place: number
}

describe('FrameParser on a line', () => {
  it('gives the same for any split of a stream, damaged or not', { timeout }, () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.integer({ min: 1, max: 9000 }).map((n) => new Uint8Array(n).fill(0x5a)),
    )
    const piece = fc.oneof(
      { weight: 3, arbitrary: arbitraryRecord.map((record) => encodeFrame(record)) },
      { weight: 1, arbitrary: noise },
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 40 }), (pieces, places) => {
        const stream = Uint8Array.from(Buffer.concat(pieces))
        const whole = new FrameParser()
        const expected = [...whole.push(stream), ...whole.flush()]
        for (const chunks of [cutAt(stream, places), Array.from(stream, (byte) => Uint8Array.of(byte))]) {
          const parser = new FrameParser()
          expect([...pushAll(parser, chunks), ...parser.flush()]).toEqual(expected)
          expect(parser.counts).toEqual(whole.counts)
        }
      }),
      { numRuns: 300 * times, ...inTime },
    )
  })

  /**
   * The frames delivered are exactly those that stand whole in the bytes received, whatever stands around them: each
   * that was not touched, and none that was. That a touched frame is refused rests on its CRC, which lets one in 2^32
   * pass; here at most a few thousand candidates a run are tried.
   */
  it('delivers after any damage each frame that was not touched and no other', { timeout }, () => {
    let [delivered, damaged, lost, repeated] = [0, 0, 0, 0]
    fc.assert(
      fc.property(line, fc.array(hit, { maxLength: 6 }), fc.array(fc.nat()), (sent, hits, places) => {
        const stream = hits.reduce(
          apply,
          sent.flatMap(({ frame }, of) => Array.from(frame, (byte, at) => ({ byte, of, at }))),
        )
        // A last delimiter, as one that may have been lost.
        const bytes = Buffer.from([...stream.map(({ byte }) => byte), 0])
        const parser = new FrameParser()
        const out = pushAll(parser, cutAt(bytes, places)).filter((record) => record.kind !== 'fault')
        const intact = standing(sent, bytes)
        for (const [of, one] of sent.entries())
          if (isUntouched(stream, of, one.frame.length)) expect(intact).toContain(one)

        expect(out).toEqual(intact.flatMap(({ record }) => record ?? []))
        expect(parser.counts.frames).toBe(intact.length)
        const counted = countsOf(intact)
        expect(parser.counts).toMatchObject(counted)
        // Every byte belonged to an intact frame, was a delimiter, or was given up.
        const ofFrames = intact.reduce((total, { frame }) => total + frame.length - 1, 0)
        const delimiters = bytes.filter((byte) => byte === 0).length
        expect(parser.counts.discardedBytes + ofFrames + delimiters).toBe(bytes.length)

        delivered += intact.length
        damaged += sent.length - intact.length
        lost += counted.lostFrames
        repeated += counted.repeatedFrames
      }),
      { numRuns: 500 * times, ...inTime },
    )
    for (const seen of [delivered, damaged, lost, repeated]) expect(seen).toBeGreaterThan(100)
  })

  it('holds two frames at most, whatever comes', { timeout }, () => {
    const flood = fc.record({
      length: fc.integer({ min: 1, max: 30_000 }),
      lowest: fc.constantFrom(0, 1),
      seed: fc.integer(),
    })
    fc.assert(
      fc.property(fc.array(flood, { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 20 }), (floods, places) => {
        const bytes = Buffer.concat(floods.map(({ length, lowest, seed }) => Buffer.from(noise(length, lowest, seed))))
        const parser = new FrameParser()
        pushAll(parser, cutAt(bytes, places))
        const sent: WireRecord = { kind: 'event', code: 'button', sequence: 1, bootId: 2, tick: 3 }
        expect(parser.push(encodeFrame(sent)).at(-1)).toEqual(sent)
      }),
      { numRuns: 100 * times, ...inTime },
    )
  })
})

/**
 * Pushes each chunk and looks at what is held after it. The chunk is overwritten then, as by an owner who uses it
 * again.
 */
function pushAll(parser: FrameParser, chunks: Uint8Array[]): (WireRecord | DecodeFault)[] {
  return chunks.flatMap((chunk) => {
    const own = Uint8Array.from(chunk)
    const out = parser.push(own)
    own.fill(0xee)
    if (parser.pendingBytes > mostPendingBytes)
      throw new Error(`expected at most ${mostPendingBytes} pending bytes, received ${parser.pendingBytes}`)
    return out
  })
}

/** Cuts `bytes` at the given places, empty chunks included. */
function cutAt(bytes: Uint8Array, places: number[]): Uint8Array[] {
  const edges = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return edges.slice(1).map((end, i) => bytes.subarray(edges[i], end))
}

/**
 * One to three boots of a device, whose sequence may wrap, with frames never sent, sent again late, and of no known
 * type.
 */
const line: fc.Arbitrary<Sent[]> = fc
  .array(
    fc.record({
      first: fc.oneof(fc.constantFrom(0, 0xfffffffd), fc.integer({ min: 0, max: 0xffffffff })),
      steps: fc.array(
        fc.record({
          record: fc.option(arbitraryRecord, { freq: 8 }),
          // 0 and below: sent again.
          step: fc.oneof(
            { weight: 8, arbitrary: fc.constant(1) },
            { weight: 1, arbitrary: fc.integer({ min: 2, max: 1000 }) },
            { weight: 1, arbitrary: fc.integer({ min: -3, max: 0 }) },
          ),
        }),
        { minLength: 1, maxLength: 8 },
      ),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((boots) => boots.flatMap(({ first, steps }, boot) => sentOf(boot + 1, first, steps)))

function sentOf(bootId: number, first: number, steps: { record: WireRecord | null; step: number }[]): Sent[] {
  let place = 0
  return steps.map(({ record, step }, i): Sent => {
    place = Math.max(0, place + step)
    // No two frames have the same tick, so that each is known by its bytes.
    const header = { sequence: (first + place) % 2 ** 32, bootId, tick: i * 1_000_003 }
    if (record === null) {
      writeHeader(99, header)
      return { header, frame: sealEnvelope(headerBytes), place }
    }
    const numbered = { ...record, ...header }
    return { header, record: numbered, frame: encodeFrame(numbered), place }
  })
}

/**
 * Lost and repeated, by the places that the sender knows: within each boot, what lies between the first and the
 * furthest.
 */
function countsOf(received: Sent[]): { lostFrames: number; repeatedFrames: number } {
  let [lostFrames, repeatedFrames] = [0, 0]
  for (const bootId of new Set(received.map(({ header }) => header.bootId))) {
    const places = received.filter(({ header }) => header.bootId === bootId).map(({ place }) => place)
    const ahead = places.filter((place, i) => place > Math.max(-1, ...places.slice(0, i)))
    lostFrames += ahead.at(-1)! - ahead[0]! + 1 - ahead.length
    repeatedFrames += places.length - ahead.length
  }
  return { lostFrames, repeatedFrames }
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

const hit: fc.Arbitrary<Hit> = fc.oneof(
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
)

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
      return [...before, ...noise(hit.length, 1, hit.seed).map((byte) => ({ byte })), ...after]
  }
}

/** Bytes without pattern, none below `lowest` (Knuth's multiplicative hash, folded). */
function noise(length: number, lowest: number, seed: number): number[] {
  return Array.from({ length }, (_, i) => {
    const product = Math.imul(seed + i, 2654435761)
    return lowest + ((((product >>> 16) ^ product) >>> 0) % (256 - lowest))
  })
}

/** The frames that stand whole in the bytes, in order: also one that damage happens to have left as it was. */
function standing(sent: Sent[], bytes: Buffer): Sent[] {
  let from = 0
  return sent.filter(({ frame }) => {
    const at = bytes.indexOf(frame, from)
    if (at >= 0) from = at + frame.length
    return at >= 0
  })
}

/** Whether all bytes of frame `of`, its delimiter included, stand in the stream one after the other, unchanged. */
function isUntouched(stream: Traced[], of: number, length: number): boolean {
  const start = stream.findIndex((traced) => traced.of === of && traced.at === 0)
  return start >= 0 && Array.from({ length }, (_, i) => stream[start + i]).every((t, i) => t?.of === of && t.at === i)
}

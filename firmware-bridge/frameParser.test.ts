import { describe, expect, it } from 'vitest'
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
const samples = { kind: 'samples', sequence: 1, bootId: 7, tick: 0, signal: 'ecg', rateHz: 250 } as const
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

  it('reads a frame in which each other byte looks like the beginning of one', () => {
    // Differences of -3 and -1 are 05 01: a block of five whose first byte is the version.
    const values = Float32Array.from({ length: maxSamplesInRecord }, (_, i) => (i % 2 === 0 ? -3 : 0) - 2 * i).map(
      (n) => n / 1000,
    )
    for (let length = values.length - 12; length <= values.length; length++) {
      const sent: WireRecord = { ...samples, values: values.subarray(0, length) }
      expect(records(parse(join([0x55, 0xaa], encodeFrame(sent, { countsPerUnit: 1000, offset: 0 }))))).toEqual([sent])
    }
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
})

function push(parser: FrameParser): (chunk: Uint8Array) => (WireRecord | DecodeFault)[] {
  return (chunk) => parser.push(chunk)
}

import { execFileSync } from 'node:child_process'
import { decodeFrame } from '../frame.ts'
import { crcBytes, headerBytes } from '../frameLimits.ts'
import type { Quantisation } from '../quantisation.ts'
import { missingCount, quantisationFor } from '../quantisation.ts'
import type { SamplesRecord, WireRecord } from '../records.ts'
import { signals } from '../signals.ts'
import { causeWireCodes, eventWireCodes } from '../wireCodes.ts'
import { compile, warnings } from './compile.testing.ts'

/** The source file that holds the encoder. */
export const implementation = 'testing/implementation.c'

/** Compiles `testing/driver.c`, in which two source files include the header, to the program `path`, which it returns. */
export function compileDriver(path: string, ...flags: string[]): string {
  compile('cc', '-std=c99', ...warnings, ...flags, implementation, 'testing/driver.c', '-o', path)
  return path
}

/** What the encoder makes of each call: the frame in hex, empty where it refuses. */
export function encodeAll(driver: string, calls: string[]): string[] {
  const out = execFileSync(driver, { input: calls.join('\n'), maxBuffer: 1 << 28, encoding: 'utf8' })
  return out.split('\n').flatMap((line) => {
    const [length, frame = ''] = line.split(' ')
    if (frame.length !== 2 * Number(length)) throw new Error(`driver: expected ${length} bytes, received ${frame}`)
    return line === '' ? [] : [frame]
  })
}

/** The record in a frame in hex. Throws where the decoder refuses it. */
export function recordOf(frame: string): WireRecord {
  const record = decodeFrame(Buffer.from(frame, 'hex').subarray(0, -1))
  if (record.kind === 'fault') throw new Error(record.detail)
  return record
}

/** A text as the driver takes it. */
export const hex = (text: Uint8Array | string): string => Buffer.from(text).toString('hex') || '-'

/** A float as the driver takes it. */
export const bitsOf = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0]!

/** A record's samples as firmware has them. */
interface Counts extends Quantisation {
  integers: number[]
}

/** The integers of samples, as firmware has them from its converter. */
function countsOf({ values, signal }: SamplesRecord): Counts {
  const largest = values.reduce((max, value) => Math.max(max, Math.abs(value) || 0), 0)
  const { countsPerUnit, offset } = quantisationFor(signal, largest)
  const [scale, origin] = [Math.fround(countsPerUnit), Math.fround(offset)]
  const integers = Array.from(values, (v) => (Number.isNaN(v) ? missingCount : Math.round((v - origin) * scale)))
  return { countsPerUnit, offset, integers }
}

/** The scaling that the tests choose for samples: that of `encodeFrame`. */
export const quantisationOf = (record: WireRecord): Quantisation | undefined =>
  record.kind === 'samples' ? countsOf(record) : undefined

/** The call that encodes a record, its samples scaled by `quantisationOf`. */
export function callOf(record: WireRecord): string {
  return `device ${record.bootId} ${record.sequence}\n${bodyOf(record)}`
}

function bodyOf(record: WireRecord): string {
  const { tick } = record
  switch (record.kind) {
    case 'hello': {
      const codes = record.signals.map((signal) => signals[signal].wireCode)
      const texts = `${hex(record.deviceId)} ${hex(record.firmware)}`
      return ['hello', tick, Number(record.detectsContact), texts, codes.length, ...codes].join(' ')
    }
    case 'samples': {
      const { countsPerUnit, offset, integers } = countsOf(record)
      const rate = Math.round(record.rateHz * 1000)
      const scaling = [rate, bitsOf(countsPerUnit), bitsOf(offset)]
      return ['samples', tick, signals[record.signal].wireCode, ...scaling, integers.length, ...integers].join(' ')
    }
    case 'event': {
      const { value, signal, cause } = record
      const code = eventWireCodes[record.code]
      if (signal !== undefined && cause !== undefined)
        return `none ${tick} ${signals[signal].wireCode} ${causeWireCodes[cause]}`
      return value === undefined ? `event ${tick} ${code}` : `value ${tick} ${code} ${bitsOf(value)}`
    }
    case 'time':
      return `time ${tick} ${record.epochMicros} ${record.uncertaintyMicros}`
  }
}

/** The call that a frame's content is the result of, read from its bytes as the README lays them out. */
export function callOfContent(content: Buffer): string {
  const tick = content.readBigUInt64LE(10)
  const device = `device ${content.readUInt32LE(6)} ${content.readUInt32LE(2)}\n`
  const payload = content.subarray(headerBytes, -crcBytes)
  switch (content[1]) {
    case 1: {
      const id = payload.subarray(2, 2 + payload[1]!)
      const rest = payload.subarray(2 + id.length)
      const codes = rest.subarray(2 + rest[0]!)
      const texts = `${hex(id)} ${hex(rest.subarray(1, 1 + rest[0]!))}`
      return device + ['hello', tick, payload[0], texts, codes.length, ...codes].join(' ')
    }
    case 2: {
      const integers: number[] = []
      for (let at = 16; at < payload.length;) {
        let zigzag = 0n
        for (let shift = 0n; ; shift += 7n) {
          zigzag |= BigInt(payload[at]! & 0x7f) << shift
          if (payload[at++]! < 0x80) break
        }
        const difference = (zigzag >> 1n) ^ -(zigzag & 1n)
        integers.push(Number(BigInt.asIntN(32, BigInt(integers.at(-1) ?? 0) + difference)))
      }
      const scaling = [payload.readUInt32LE(2), payload.readUInt32LE(6), payload.readUInt32LE(10)]
      return device + ['samples', tick, payload[0], ...scaling, integers.length, ...integers].join(' ')
    }
    case 3:
      if (payload[1] === 2) return `${device}none ${tick} ${payload[2]} ${payload[3]}`
      return (
        device +
        (payload[1] === 1 ? `value ${tick} ${payload[0]} ${payload.readUInt32LE(2)}` : `event ${tick} ${payload[0]}`)
      )
    default:
      return `${device}time ${tick} ${payload.readBigUInt64LE(0)} ${payload.readUInt32LE(8)}`
  }
}

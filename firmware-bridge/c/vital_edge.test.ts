import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pathOf } from '../../test/real/programs.ts'
import { arbitraryRecord } from '../arbitraryRecord.testing.ts'
import { maxCobsBytes } from '../cobs.ts'
import { encodeFrame } from '../frame.ts'
import { maxEncodedBytes, maxSamplesInRecord } from '../frameLimits.ts'
import type { WireRecord } from '../records.ts'
import { signalNames, signals } from '../signals.ts'
import { causeWireCodes, eventWireCodes } from '../wireCodes.ts'
import { buildFolder, compile, needsCompiler, warnings } from './compile.testing.ts'
import {
  callOf,
  callOfContent,
  compileDriver,
  encodeAll,
  implementation,
  quantisationOf,
  recordOf,
} from './driver.testing.ts'

const cc = needsCompiler('cc')
const cpp = needsCompiler('cc', 'g++')
const header = readFileSync(new URL('vital_edge.h', import.meta.url), 'utf8')
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

let folder: string
let driver: string
let sanitised: string

beforeAll(() => {
  folder = buildFolder()
  if (!cc.there) return
  driver = compileDriver(join(folder, 'driver'), '-Os')
  try {
    const checks = ['-fsanitize=undefined,address', '-fno-sanitize-recover=all', '-O1']
    sanitised = compileDriver(join(folder, 'sanitised'), ...checks)
  } catch {
    sanitised = ''
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Integers that reach both ends of the range at once, with gaps: differences that wrap, in varints of every length. */
const steepRecord = fc
  .tuple(
    fc.array(fc.oneof(fc.integer({ min: -1e7, max: 1e7 }), fc.integer({ min: -70, max: 70 }), fc.constant(NaN)), {
      minLength: 1,
      maxLength: 900,
      size: 'max',
    }),
    fc.integer({ min: 1, max: 0xffffffff }),
  )
  .map(([values, rate]): WireRecord => ({
    kind: 'samples',
    ...{ bootId: 0x00ff0100, sequence: 0xffffffff, tick: 1_000_000 },
    signal: 'ppg',
    rateHz: rate / 1000,
    values: Float32Array.from(values),
  }))

interface Vector {
  name: string
  content: string
  frame: string
}
const { vectors } = JSON.parse(readFileSync(new URL('../vectors/frames.json', import.meta.url), 'utf8')) as {
  vectors: Vector[]
}

describe.skipIf(!cc.there)(`the C encoder${cc.why}`, () => {
  it('writes the bytes of encodeFrame, for 10000 records and more', () => {
    const records = [
      ...fc.sample(arbitraryRecord, { seed: 20_240_501, numRuns: 10_000 }),
      ...fc.sample(steepRecord, { seed: 1, numRuns: 500 }),
    ]
    // Some samples of `steepRecord` do not fit into 4096 bytes.
    const expected = records.map((record) => {
      try {
        return Buffer.from(encodeFrame(record, quantisationOf(record))).toString('hex')
      } catch {
        return ''
      }
    })
    expect(new Set(records.map(({ kind }) => kind))).toEqual(new Set(['hello', 'samples', 'event', 'time']))
    expect(expected.slice(0, 10_000)).not.toContain('')
    const input = records.map((record) => callOf(record))
    const out = encodeAll(driver, input)
    expect(out).toHaveLength(records.length)
    const wrong = out.findIndex((frame, i) => frame !== expected[i])
    expect(wrong === -1 ? 'all equal' : `${input[wrong]!.slice(0, 500)} gives ${out[wrong]!.slice(0, 500)}`).toBe(
      'all equal',
    )
  })

  it.each(vectors)('writes the reference bytes: $name', ({ name, content, frame }) => {
    const [out] = encodeAll(driver, [callOfContent(Buffer.from(content, 'hex'))])
    // A signal of a later version needs the header of that version.
    expect(out).toBe(name.startsWith('hello with signals of a later version') ? '' : frame)
  })

  it('needs no more room than its frame takes, and no undefined behaviour', (context) => {
    if (sanitised === '') return context.skip('no sanitiser')
    const records = fc.sample(fc.oneof(arbitraryRecord, steepRecord), { seed: 2, numRuns: 200 })
    const whole = encodeAll(
      driver,
      records.map((record) => callOf(record)),
    )
    const attempts = records.flatMap((record, i) => {
      const bytes = whole[i]!.length / 2
      const rooms = bytes < 60 ? Array.from({ length: bytes + 2 }, (_, room) => room) : [bytes - 1, bytes, 4114]
      return rooms.map((room) => ({ room, record, expected: room < bytes ? '' : whole[i]! }))
    })
    expect(attempts.length).toBeGreaterThan(1000)
    const input = attempts.map(({ room, record }) => `capacity ${room}\n${callOf(record)}`)
    expect(encodeAll(sanitised, input)).toEqual(attempts.map(({ expected }) => expected))
  })

  it('counts frames, and not what it refuses', () => {
    const frames = encodeAll(driver, ['device 7 4294967295', 'event 1 5', 'event 1 6', 'event 2 5'])
    expect(frames.map((frame) => (frame === '' ? undefined : recordOf(frame).sequence))).toEqual([
      0xffffffff,
      undefined,
      0,
    ])
  })

  it('names what the wire names, by the same numbers', () => {
    const constants = [...header.matchAll(/VITAL_EDGE_(SIGNAL|EVENT|CAUSE)_(\w+) = (\d+)/g)].map(
      ([, kind, name, code]) => [`${kind}_${name}`, Number(code)] as const,
    )
    const upper = (name: string) => name.replace(/[A-Z]/g, '_$&').replaceAll('-', '_').toUpperCase()
    expect(Object.fromEntries(constants)).toEqual({
      ...Object.fromEntries(signalNames.map((name) => [`SIGNAL_${upper(name)}`, signals[name].wireCode])),
      ...Object.fromEntries(Object.entries(eventWireCodes).map(([name, code]) => [`EVENT_${upper(name)}`, code])),
      ...Object.fromEntries(Object.entries(causeWireCodes).map(([name, code]) => [`CAUSE_${upper(name)}`, code])),
    })
  })

  it('states how large a buffer must be', () => {
    const room = (content: number) => maxCobsBytes(content) + 1
    const sizes: [string, number][] = [
      ['VITAL_EDGE_MAX_BYTES', maxEncodedBytes + 1],
      ['VITAL_EDGE_MAX_SAMPLES', maxSamplesInRecord],
      ...[1, 2, 43, 44, 125, 811].map((n): [string, number] => [`VITAL_EDGE_SAMPLES_BYTES(${n})`, room(38 + 5 * n)]),
      ['VITAL_EDGE_HELLO_BYTES(20)', room(18 + 1 + 65 + 65 + 1 + 20 + 4)],
      ['VITAL_EDGE_EVENT_BYTES', room(18 + 12 + 4)],
    ]
    const asserts = sizes.map(([name, bytes], i) => `typedef char size${i}[${name} == ${bytes} ? 1 : -1];`)
    compileText('c99', ['#include "vital_edge.h"', ...asserts].join('\n'))
  })

  it('is small', () => {
    const object = join(folder, 'size.o')
    const plain = ['-Os', '-fno-asynchronous-unwind-tables', '-c', implementation]
    compile('cc', '-std=c99', ...plain, '-o', object)
    const text = textBytes('size', object)
    console.log(`vital_edge.h, the whole API: ${text} bytes of code for this machine (cc -Os)`)
    expect(text).toBeLessThan(2048)
    for (const [prefix, ...flags] of [
      ['arm-none-eabi-', '-mcpu=cortex-m0', '-mthumb'],
      ['avr-', '-mmcu=atmega328p'],
    ]) {
      if (pathOf(`${prefix}gcc`) === undefined) continue
      compile(`${prefix}gcc`, '-std=c99', ...flags, ...plain, '-o', object)
      console.log(`${flags.join(' ')}: ${textBytes(`${prefix}size`, object)} bytes (${prefix}gcc -Os)`)
    }
  })

  it('compiles as the README uses it', () => {
    const example = [...readme.matchAll(/```c\n([^`]*)```/g)]
      .map(([, code]) => code!)
      .find((code) => code.includes('#include'))
    compileText('c99', example!)
  })
})

describe.skipIf(!cpp.there)(`the C encoder in C++${cpp.why}`, () => {
  it('compiles, and is called from C as from C++', () => {
    const object = join(folder, 'cpp.o')
    compile('g++', '-x', 'c++', '-std=c++11', ...warnings, '-Os', '-c', implementation, '-o', object)
    const program = join(folder, 'mixed')
    compile('cc', '-std=c99', ...warnings, 'testing/driver.c', object, '-o', program)
    expect(encodeAll(program, ['event 0 1'])).toEqual(encodeAll(driver, ['event 0 1']))
  })
})

/** Bytes of code and constants. */
function textBytes(size: string, object: string): number {
  return Number(/\n\s*(\d+)/.exec(execFileSync(size, [object], { encoding: 'utf8' }))![1])
}

function compileText(standard: string, text: string): void {
  const file = join(folder, 'text.c')
  writeFileSync(file, text)
  compile('cc', `-std=${standard}`, ...warnings, '-c', file, '-o', join(folder, 'text.o'))
}

import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FrameParser } from '../frameParser.ts'
import type { EventRecord, HelloRecord, SamplesRecord } from '../records.ts'
import { buildFolder, compile, needsCompiler, warnings } from './compile.testing.ts'

const { there, why } = needsCompiler('g++')
const second = 1e6

/** The sketch runs on a simulated board, `testing/arduino/host.cpp`, whose signal tells when it was read. */
describe.skipIf(!there)(`the sketch Esp32Ecg${why}`, () => {
  const run = (seconds: number): Buffer => {
    const folder = buildFolder()
    try {
      const host = join(folder, 'host')
      // What the Arduino builder does with a sketch.
      const sketch = ['-include', 'Arduino.h', '-x', 'c++', 'examples/Esp32Ecg/Esp32Ecg.ino']
      compile(
        'g++',
        '-std=c++11',
        ...warnings,
        '-I',
        'testing/arduino',
        ...sketch,
        'testing/arduino/host.cpp',
        '-o',
        host,
      )
      return execFileSync(host, [String(seconds)])
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  it('sends frames that are read without a fault or a loss', () => {
    const parser = new FrameParser()
    const records = parser.push(run(12))
    expect(parser.counts).toMatchObject({ lostFrames: 0, repeatedFrames: 0, discardedBytes: 0, frames: records.length })
    expect(records.filter(({ kind }) => kind === 'fault')).toEqual([])

    const hellos = records.filter((record): record is HelloRecord => record.kind === 'hello')
    expect(hellos.map(({ tick }) => Math.round(tick / second))).toEqual([0, 5, 10])
    expect(hellos[0]).toMatchObject({
      deviceId: 'esp32-ecg-1',
      signals: ['ecg'],
      detectsContact: true,
      bootId: 0xc0ffee01,
    })

    const events = records.filter((record): record is EventRecord => record.kind === 'event')
    expect(events.map(({ code, tick }) => [code, Math.floor(tick / 4000)])).toEqual([
      ['lead-on', 62],
      ['lead-off', 750],
      ['lead-on', 1250],
    ])

    const samples = records.filter((record): record is SamplesRecord => record.kind === 'samples')
    expect(samples.every(({ values, rateHz }) => values.length === 125 && rateHz === 250)).toBe(true)
    // No sample is skipped or moved: each record begins where the one before ended.
    expect(samples.map(({ tick }) => tick)).toEqual(samples.map((_, i) => samples[0]!.tick + i * 0.5 * second))

    const values = samples.flatMap(({ tick, values }) =>
      Array.from(values, (value, i) => ({ value, at: tick + i * 4000 })),
    )
    const missing = values.filter(({ value }) => Number.isNaN(value)).map(({ at }) => at)
    expect(missing.filter((at) => at < 7 * second)).toHaveLength(500)
    expect(missing.filter((at) => at > 7 * second).length).toBeOneOf([24, 25])
    for (const { value, at } of values.filter(({ value }) => !Number.isNaN(value))) {
      const phase = (at % second) / 1000
      // Read within a loop of its time: up to one of the 1 ms steps later.
      expect(Math.abs(value - Math.min(phase, 1000 - phase) / 500)).toBeLessThan(0.005)
    }
  })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inspectRecording } from '../../inspect.ts'
import { samplesOf } from '../readAll.testing.ts'
import { openRecording } from '../recording.ts'
import { packDifferences, packers } from './packers.testing.ts'
import { bytesFor, samplesIn } from './sampleFormat.ts'
import { findSampleFormat, sampleFormats } from './sampleFormats.ts'

const packed = Object.entries(packers).map(([code, packer]) => {
  return { ...packer, format: findSampleFormat('test', 0, Number(code), 'test') }
})

describe.each(packed)('format $format.code', ({ format, pack, max }) => {
  const samples = fc.array(fc.integer({ min: -max - 1, max }), { maxLength: 50 })

  test('gives back every packed sample', () => {
    fc.assert(
      fc.property(samples, (samples) => {
        const out = new Int32Array(samples.length)
        const bytes = pack(samples)
        expect(bytes.length).toBe(bytesFor(format, samples.length))
        // The last sample of a format 310 group may lie in bytes that the others need.
        expect(samplesIn(format, bytes.length)).toBeGreaterThanOrEqual(samples.length)
        expect(samplesIn(format, bytes.length - 1)).toBeLessThan(Math.max(1, samples.length))
        format.unpack(bytes, samples.length, out)
        expect([...out]).toEqual(samples)
      }),
    )
  })

  test('takes its lowest value for "no value"', () => {
    expect(format.invalid).toBe(-max - 1)
  })
})

test('every format but differences has an encoder here', () => {
  expect(sampleFormats.map(({ code }) => code).filter((code) => code !== 8)).toEqual(
    packed.map(({ format }) => format.code),
  )
})

describe('a record of several signals in one file', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vital-edge-wfdb-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const shape = fc.record({
    code: fc.constantFrom(8, ...packed.map(({ format }) => format.code)),
    signals: fc.array(fc.record({ samples: fc.integer({ min: 1, max: 3 }), skew: fc.integer({ min: 0, max: 4 }) }), {
      minLength: 1,
      maxLength: 4,
    }),
    frames: fc.integer({ min: 1, max: 40 }),
    stepFrames: fc.integer({ min: 1, max: 50 }),
    offset: fc.integer({ min: 0, max: 5 }),
    gzip: fc.boolean(),
  })
  let record = 0

  test('is read in steps of any length, in every format, with skew, from plain and gzipped files', async () => {
    await fc.assert(
      fc.asyncProperty(shape, async ({ code, signals, frames, stepFrames, offset, gzip }) => {
        // What fills up the last group of such a format is a sample to a reader that looks beyond the record's end.
        const inFrame = signals.reduce((sum, { samples }) => sum + samples, 0)
        fc.pre(![310, 311].includes(code) || (frames * inFrame) % 3 === 0)
        const name = `r${record++}`
        const stored = Array.from({ length: frames }, (_, frame) =>
          signals.map(({ samples }, s) =>
            Array.from({ length: samples }, (_, i) => ((frame * 37 + s * 11 + i * 5) % 120) - 60),
          ),
        )
        const bytes =
          code === 8
            ? packDifferences(
                stored,
                signals.map(() => 7),
              )
            : packers[code]?.pack(stored.flat(2))
        const expected = signals.map(({ samples, skew }, s) =>
          Array.from({ length: frames }, (_, frame) => stored[frame + skew]?.[s] ?? Array<number>(samples).fill(NaN))
            .flat()
            .map((value) => Math.fround(value / 200)),
        )
        const lines = signals.map(({ samples, skew }, s) => {
          const values = stored.flatMap((frame) => frame[s] ?? [])
          const sum = (values.reduce((total, value) => total + value, 0) << 16) >> 16
          return `${name}.dat ${code}x${samples}:${skew}+${offset} 200/mV 12 0 ${code === 8 ? 7 : values[0]} ${sum} 0 s${s}`
        })
        const whole = Buffer.concat([Buffer.alloc(offset), bytes ?? Buffer.alloc(0)])
        await writeFile(join(folder, `${name}.hea`), [`${name} ${signals.length} 10 ${frames}`, ...lines].join('\r\n'))
        await writeFile(join(folder, `${name}.dat${gzip ? '.gz' : ''}`), gzip ? gzipSync(whole) : whole)

        const recording = await openRecording(join(folder, name))
        expect(await samplesOf(recording, stepFrames / 10)).toEqual(expected)
        expect(recording.channels.map(({ rateHz }) => rateHz)).toEqual(signals.map(({ samples }) => samples * 10))
        // The header states the initial value of differences, which the first sample need not be.
        if (code !== 8) await inspectRecording(recording)
      }),
      { numRuns: 150 },
    )
  })

  test('gives NaN for the value that stands for "no value"', async () => {
    await writeFile(join(folder, 'gap.hea'), 'gap 1 10 3\ngap.dat 212 100(5)/uV 12 0 0 0 0 ECG')
    await writeFile(join(folder, 'gap.dat'), packers[212]?.pack([105, -2048, 5]) ?? '')
    const recording = await openRecording(join(folder, 'gap'))
    expect(await samplesOf(recording)).toEqual([[1, NaN, 0]])
    expect(recording.channels[0]).toMatchObject({ unit: 'uV', signal: 'ecg' })
  })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRecording } from '../recording.ts'
import { format16 } from './format16.ts'
import { format212 } from './format212.ts'
import { bytesFor } from './sampleFormat.ts'

/** Packers written from `signal(5)`, apart from the code under test. */
const packers = {
  16: (samples: number[]): Uint8Array => {
    const bytes = new Uint8Array(samples.length * 2)
    samples.forEach((sample, i) => new DataView(bytes.buffer).setInt16(i * 2, sample, true))
    return bytes
  },
  212: (samples: number[]): Uint8Array => {
    const nibbles = samples.flatMap((sample) => [sample & 15, (sample >> 4) & 15, (sample >> 8) & 15])
    const bytes: number[] = []
    for (let i = 0; i < nibbles.length; i += 6) {
      const [a0 = 0, a1 = 0, a2 = 0, b0 = 0, b1 = 0, b2 = 0] = nibbles.slice(i, i + 6)
      bytes.push(a0 + a1 * 16, a2 + b2 * 16, b0 + b1 * 16)
    }
    return Uint8Array.from(bytes).subarray(0, Math.ceil(samples.length * 1.5))
  },
}

describe.each([
  { format: format16, pack: packers[16], max: 32767 },
  { format: format212, pack: packers[212], max: 2047 },
])('format $format.code', ({ format, pack, max }) => {
  const samplesOf = fc.array(fc.integer({ min: -max - 1, max }), { maxLength: 50 })

  test('gives back every packed sample', () => {
    fc.assert(
      fc.property(samplesOf, (samples) => {
        const out = new Int32Array(samples.length)
        const bytes = pack(samples)
        expect(bytes.length).toBe(bytesFor(format, samples.length))
        format.unpack(bytes, samples.length, out)
        expect([...out]).toEqual(samples)
      }),
    )
  })
})

describe('a record of several signals in one file', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vital-edge-wfdb-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('is read in steps of any length, whatever the number of signals and samples a frame', async () => {
    let record = 0
    const shape = fc.record({
      format: fc.constantFrom(16 as const, 212 as const),
      perFrame: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
      frames: fc.integer({ min: 1, max: 40 }),
      stepFrames: fc.integer({ min: 1, max: 50 }),
      offset: fc.integer({ min: 0, max: 5 }),
    })
    await fc.assert(
      fc.asyncProperty(shape, async ({ format, perFrame, frames, stepFrames, offset }) => {
        const name = `r${record++}`
        const stored: number[] = []
        const expected = perFrame.map((): number[] => [])
        for (let frame = 0; frame < frames; frame++) {
          for (const [signal, samples] of perFrame.entries()) {
            for (let i = 0; i < samples; i++) {
              const value = (frame * 37 + signal * 11 + i * 5) % 2000
              stored.push(value)
              expected[signal]?.push(value / 200)
            }
          }
        }
        const lines = perFrame.map((samples, i) => `${name}.dat ${format}x${samples}+${offset} 200/mV 12 0 0 0 0 s${i}`)
        await writeFile(join(folder, `${name}.hea`), [`${name} ${perFrame.length} 10 ${frames}`, ...lines].join('\n'))
        await writeFile(join(folder, `${name}.dat`), Buffer.concat([Buffer.alloc(offset), packers[format](stored)]))

        const recording = await openRecording(join(folder, name))
        const values = perFrame.map((): number[] => [])
        for await (const blocks of recording.blocks(stepFrames / 10)) {
          for (const block of blocks) {
            expect(block.startSample).toBe(values[block.channel]?.length)
            values[block.channel]?.push(...block.values)
          }
        }
        expect(values).toEqual(expected.map((signal) => signal.map(Math.fround)))
        expect(recording.channels.map(({ rateHz }) => rateHz)).toEqual(perFrame.map((samples) => samples * 10))
      }),
      { numRuns: 60 },
    )
  })

  test('gives NaN for the value that stands for "no value"', async () => {
    await writeFile(join(folder, 'gap.hea'), 'gap 1 10 3\ngap.dat 212 100(5)/uV 12 0 0 0 0 ECG')
    await writeFile(join(folder, 'gap.dat'), packers[212]([105, -2048, 5]))
    const recording = await openRecording(join(folder, 'gap'))
    for await (const [block] of recording.blocks(1)) expect([...(block?.values ?? [])]).toEqual([1, NaN, 0])
    expect(recording.channels[0]).toMatchObject({ unit: 'uV', signal: 'ecg' })
  })
})

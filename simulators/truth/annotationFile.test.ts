import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Annotation } from '../recordings/recording.ts'
import { parseAnnotations } from '../recordings/wfdb/annotations.ts'
import { annotationFile } from './annotationFile.ts'
import { annotationsOf, writeAnnotations } from './annotations.ts'

describe('an annotation file', () => {
  test('is read back as it was written', () => {
    const annotation = fc.record(
      {
        step: fc.oneof(fc.integer({ min: 0, max: 1100 }), fc.integer({ min: 0, max: 20_000_000 })),
        code: fc.constantFrom(...'NVA+~"sT[!]'),
        subtype: fc.integer({ min: -1, max: 5 }).filter((n) => n !== 0),
        aux: fc.string({ minLength: 1, maxLength: 60 }).filter((text) => !text.includes('\0')),
      },
      { requiredKeys: ['step', 'code'] },
    )
    fc.assert(
      fc.property(fc.array(annotation, { maxLength: 40 }), (given) => {
        let sample = 0
        const annotations = given.map(({ step, ...rest }): Annotation => ({ sample: (sample += step), ...rest }))
        expect(parseAnnotations('x.atr', annotationFile(annotations))).toEqual(annotations)
      }),
    )
  })

  test('has the bytes that annot(5) says', () => {
    const annotations: Annotation[] = [
      { sample: 18, code: '+', aux: '(N' },
      { sample: 77, code: 'N' },
      { sample: 100_077, code: 'V' },
    ]
    // 28 << 10 | 18, AUX 63 << 10 | 2 "(N", 1 << 10 | 59, SKIP 59 << 10, 100000 = 0x1_86a0 high half first, 5 << 10, end.
    const words = [0x7012, 0xfc02, 0x4e28, 0x043b, 0xec00, 0x0001, 0x86a0, 0x1400, 0]
    expect([...annotationFile(annotations)]).toEqual(words.flatMap((word) => [word & 0xff, word >> 8]))
  })

  test('refuses what it cannot hold', () => {
    expect(() => annotationFile([{ sample: 0, code: 'X' }])).toThrow('expected a WFDB mnemonic, received "X"')
    expect(() =>
      annotationFile([
        { sample: 5, code: 'N' },
        { sample: 4, code: 'N' },
      ]),
    ).toThrow('annotation N: expected a sample from 5 on, received 4')
    expect(() => annotationFile([{ sample: 0, code: '"', aux: 'x'.repeat(256) }])).toThrow('at most 255 bytes')
  })
})

test('marks become beats, rhythm changes, signal quality and comments, in order, with a header', async () => {
  const marks = [
    { kind: 'beat', tick: 500_000, code: 'N' },
    { kind: 'event', code: 'atrial-fibrillation', from: 1e6, until: 3e6 },
    { kind: 'beat', tick: 1_200_400, code: 'V' },
    { kind: 'event', code: 'motion', from: 2e6, until: 4e6 },
    { kind: 'event', code: 'fall', from: 5e6, until: 99e6 },
    // Neither what begins at the end nor what lies after it; the last would be rounded to the end.
    { kind: 'event', code: 'motion', from: 10e6, until: 12e6 },
    { kind: 'event', code: 'atrial-fibrillation', from: 11e6, until: 12e6 },
    { kind: 'event', code: 'saturation', from: 7e6, until: 10e6 },
    { kind: 'beat', tick: 9_999_700, code: 'N' },
  ] as const
  expect(annotationsOf(marks, 10)).toEqual([
    { sample: 0, code: '+', aux: '(N' },
    { sample: 500, code: 'N' },
    { sample: 1000, code: '+', aux: '(AFIB' },
    { sample: 1200, code: 'V' },
    { sample: 2000, code: '~', subtype: 1, aux: 'motion' },
    { sample: 3000, code: '+', aux: '(N' },
    { sample: 4000, code: '~', aux: 'motion over' },
    { sample: 5000, code: '"', aux: 'fall' },
    { sample: 7000, code: '~', subtype: -1, aux: 'saturation' },
  ])
  const folder = await mkdtemp(join(tmpdir(), 'vital-edge-annotations-'))
  try {
    await writeAnnotations(folder, 'sim.01', marks, {
      seconds: 10,
      startEpochMicros: Date.UTC(2026, 0, 2, 3, 4, 5) * 1000,
    })
    expect(await readFile(join(folder, 'sim_01.hea'), 'utf8')).toMatch(
      /^sim_01 0 1000 10000 03:04:05.000 02\/01\/2026\n#/,
    )
    const read = parseAnnotations('sim_01.atr', await readFile(join(folder, 'sim_01.atr')))
    expect(read).toEqual(annotationsOf(marks, 10))
  } finally {
    await rm(folder, { recursive: true })
  }
})

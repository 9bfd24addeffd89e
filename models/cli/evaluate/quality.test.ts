import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { evaluateQuality } from './quality.ts'

const excerpts = join(import.meta.dirname, '../../../../shared/recordings/nstdb-118e-excerpts')
const there = existsSync(excerpts)

describe('evaluate quality', () => {
  test.skipIf(!there)(
    `in electrode motion only what can be told is scored, and ventricular beats are${there ? '' : ' (skipped: no recordings)'}`,
    async () => {
      const { metrics, baselines } = await evaluateQuality(excerpts)
      expect(metrics['118e24.notAssessable']).toBeLessThanOrEqual(0.1)
      expect(metrics['118e06.f1']).toBeGreaterThanOrEqual(0.9)
      expect(metrics['118e06.coverage']).toBeGreaterThanOrEqual(0.5)
      expect(metrics['118e24.anomalousShare']).toBeLessThanOrEqual(0.1)
      expect(baselines['noise power alone']!['118e06.f1']).toBeLessThan(0.85)
      for (const record of ['106', '119', '208']) {
        expect(metrics[`${record}.ventricularNotAssessable`]).toBeLessThanOrEqual(0.1)
      }
    },
    60_000,
  )

  test('a folder without excerpts, or an excerpt without its beats, says what was expected', async () => {
    await expect(evaluateQuality(import.meta.dirname)).rejects.toThrow('expected excerpts such as 118e06.csv.gz')
    const folder = await mkdtemp(join(tmpdir(), 'vital-edge-quality-'))
    await writeFile(join(folder, '118e06.csv'), '0.1\n0.2\n')
    await expect(evaluateQuality(folder)).rejects.toThrow('expected its beats in 118e06_ann.csv')
    await rm(folder, { recursive: true })
  })
})

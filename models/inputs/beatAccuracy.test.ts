import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { recordedSource } from '../cli/ecgBeatSources.ts'

const folder =
  process.env['VITAL_EDGE_RECORDINGS'] ?? fileURLToPath(new URL('../../../shared/recordings', import.meta.url))
const mitdb = join(folder, 'mitdb')
const there = existsSync(join(mitdb, '208.hea'))
const records = ['100', '106', '108', '109', '114', '118', '119', '203', '205', '208', '209', '223']

describe.skipIf(!there)(
  there ? 'beats of the MIT-BIH records' : 'beats of the MIT-BIH records (skipped: no recordings)',
  () => {
    test('sensitivity and positive predictive value are at least 99.7 % within 150 ms, from 0:00', async () => {
      let [right, found, annotated] = [0, 0, 0]
      for (const record of records) {
        const { beats, annotatedBeats } = await recordedSource(mitdb, record)
        right += beats.filter(({ label }) => label !== undefined).length
        found += beats.length
        annotated += annotatedBeats
      }
      expect(right / annotated).toBeGreaterThan(0.997)
      expect(right / found).toBeGreaterThan(0.997)
    })
  },
)

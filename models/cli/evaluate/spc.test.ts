import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { evaluateSpc } from './spc.ts'

const runs = join(import.meta.dirname, '../../../../shared/recordings/ieee-spc-2015')

describe('evaluate spc', () => {
  test.skipIf(!existsSync(runs))(
    `heart rate while running, within 3 a minute${existsSync(runs) ? '' : ' (skipped: no recordings)'}`,
    async () => {
      const { metrics, baselines } = await evaluateSpc(runs)
      expect(metrics['ppgHeartRate.meanAbsoluteError']).toBeLessThan(3)
      expect(metrics['ppgHeartRate.coverage']).toBeGreaterThan(0.9)
      expect(baselines['largest spectral peak']!['ppgHeartRate.meanAbsoluteError']).toBeGreaterThan(5)
    },
  )

  test('a folder without runs says what was expected', async () => {
    await expect(evaluateSpc(import.meta.dirname)).rejects.toThrow('expected files DATA_*.csv')
  })
})

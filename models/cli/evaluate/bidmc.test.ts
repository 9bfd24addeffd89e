import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { evaluateBidmc } from './bidmc.ts'

const records = join(import.meta.dirname, '../../../../shared/recordings/bidmc')

describe('evaluate bidmc', () => {
  test.skipIf(!existsSync(records))(
    `heart rate within 1.5 and breath within 2 a minute${existsSync(records) ? '' : ' (skipped: no recordings)'}`,
    async () => {
      const { metrics, files } = await evaluateBidmc(records)
      for (const rate of ['ecgHeartRate', 'ppgHeartRate']) {
        expect(metrics[`${rate}.meanAbsoluteError`]).toBeLessThan(1.5)
        expect(metrics[`${rate}.coverage`]).toBeGreaterThan(0.9)
      }
      expect(metrics['respiration.meanAbsoluteError']).toBeLessThan(1)
      for (const rate of ['ecgRespiration', 'ppgRespiration', 'respiration']) {
        expect(metrics[`${rate}.meanAbsoluteError`]).toBeLessThan(2)
        expect(metrics[`${rate}.coverage`]).toBeGreaterThan(0.7)
      }
      expect(files.filter(({ apart }) => apart).map(({ file }) => file)).toEqual(['bidmc_41'])
    },
    60_000,
  )

  test('a folder without records says what was expected', async () => {
    await expect(evaluateBidmc(import.meta.dirname)).rejects.toThrow('expected files *_Signals.csv')
  })
})

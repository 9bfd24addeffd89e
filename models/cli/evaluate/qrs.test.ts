import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { evaluateQrs } from './qrs.ts'

const mitdb = join(import.meta.dirname, '../../../../shared/recordings/mitdb')
const there = existsSync(mitdb)

describe('evaluate qrs', () => {
  test.skipIf(!there)(
    `beats of the MIT-BIH records, causally, at most 400 ms behind${there ? '' : ' (skipped: no recordings)'}`,
    async () => {
      const { metrics, files } = await evaluateQrs(mitdb)
      expect(files.length).toBeGreaterThan(0)
      for (const prefix of ['', 'from0.']) {
        expect(metrics[`${prefix}sensitivity`]).toBeGreaterThan(0.997)
        expect(metrics[`${prefix}ppv`]).toBeGreaterThan(0.997)
        expect(metrics[`${prefix}f1At50ms`]).toBeGreaterThan(0.99)
      }
      expect(metrics['maxDelayMilliseconds']).toBeLessThanOrEqual(400)
      expect(metrics['lateBeats']).toBe(0)
    },
    60_000,
  )

  test('a folder without records says what was expected', async () => {
    await expect(evaluateQrs(import.meta.dirname)).rejects.toThrow('expected WFDB records')
  })
})

import { mkdirSync, mkdtempSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../../simulators/synthetic/random.ts'
import { evaluateTsb } from './tsb.ts'
import { evaluateUcr } from './ucr.ts'

const folder = mkdtempSync(join(tmpdir(), 'vital-edge-suites-'))
afterAll(() => rmSync(folder, { recursive: true }))

const period = 20

/** A wave with noise, upside down for a period from each of some points on. */
function wave(seed: number, length: number, upsideDown: readonly number[]): number[] {
  const random = seededRandom(seed, 'series')
  return Array.from({ length }, (_, i) => {
    const phase = (i % period) / period
    const value = Math.sin(2 * Math.PI * phase) + 3 * Math.exp(-(((phase - 0.5) / 0.08) ** 2)) + random.normal(0, 0.05)
    return upsideDown.some((at) => i >= at && i < at + period) ? -value : value
  })
}

/** What depends neither on how busy the machine is nor on what is checked out by now. */
function figures<T extends object>(evaluation: T): object {
  return { ...evaluation, machine: undefined, commit: undefined }
}

/** The last of the files is judged a second time; what was kept of those before it is read. */
async function sameTwice<T extends { files: readonly { file: string }[] }>(
  evaluate: (resume: string) => Promise<T>,
  resume: string,
): Promise<T> {
  const first = await evaluate(resume)
  const kept = readdirSync(resume).sort()
  expect(kept).toEqual(first.files.map(({ file }) => `${file}.json`))
  unlinkSync(join(resume, kept.at(-1)!))
  expect(figures(await evaluate(resume))).toEqual(figures(first))
  return first
}

describe('suites of single series', () => {
  const options = { seed: 1, backend: 'js' } as const

  it('ucr finds what was turned upside down, with the same figures whenever it runs', async () => {
    const series = join(folder, 'ucr')
    mkdirSync(series)
    for (const [id, at] of [
      [1, 400],
      [2, 620],
    ] as const) {
      const name = `00${id}_UCR_Anomaly_made${id}_300_${at + 1}_${at + period}.txt`
      writeFileSync(join(series, name), wave(id, 800, [at]).join('\n'))
    }
    const { metrics } = await sameTwice(
      (resume) => evaluateUcr(series, { ...options, resume }),
      join(folder, 'ucr-kept'),
    )
    expect(metrics['accuracy']).toBe(1)
  }, 180_000)

  it('tsb gives what was turned upside down the higher scores, with the same figures whenever it runs', async () => {
    const series = join(folder, 'tsb')
    mkdirSync(series)
    const upsideDown = [1240, 1900]
    const rows = wave(1, 2400, upsideDown).map(
      (value, i) => `${value},${upsideDown.some((at) => i >= at && i < at + period) ? 1 : 0}`,
    )
    writeFileSync(join(series, 'made.csv'), rows.join('\n'))
    const { metrics } = await sameTwice(
      (resume) => evaluateTsb(series, { ...options, resume }),
      join(folder, 'tsb-kept'),
    )
    expect(metrics['vusPr']).toBeGreaterThan(0.5)
    expect(metrics['vusRoc']).toBeGreaterThan(0.9)
  }, 180_000)
})

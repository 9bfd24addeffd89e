import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { needs, projectFolder } from '../../real/programs.ts'
import type { BenchResult } from '../bench.ts'

const run = promisify(execFile)
/** Apart from what `npm run bench` compiles, which another test may be doing at the same moment. */
const compiled = join(projectFolder, 'test/results/benchSimulate')

async function quickResult(): Promise<BenchResult> {
  const tsc = join(projectFolder, 'node_modules/typescript/bin/tsc')
  const info = join(compiled, 'tsconfig.tsbuildinfo')
  const config = join(projectFolder, 'test/bench/tsconfig.json')
  await run(process.execPath, [tsc, '-p', config, '--outDir', compiled, '--tsBuildInfoFile', info])
  const main = join(compiled, 'test/bench/main.js')
  const { stdout } = await run(process.execPath, [main, 'simulate', '--quick', '--json'], { cwd: projectFolder })
  return JSON.parse(stdout) as BenchResult
}

const mosquitto = needs('mosquitto')
it.skipIf(!mosquitto.there)(
  `measures CPU, samples, lag and memory of three fleets, each of which sends all its messages${mosquitto.why}`,
  { timeout: 120_000 },
  async () => {
    const { suite, rows, ratios } = await quickResult()
    expect(suite).toBe('simulate')
    const fleets = ['20 synthetic', '20 from a file', '20 from a file, QoS 0']
    const measures = ['CPU without start-up', 'CPU with start-up', 'samples', 'worst lag']
    expect(rows.map(({ name }) => name)).toEqual(fleets.flatMap((fleet) => measures.map((what) => `${fleet}: ${what}`)))
    for (const { name, value, ...more } of rows) {
      expect([name, Number.isFinite(value)]).toEqual([name, true])
      if (name.endsWith('CPU with start-up')) {
        expect(value).toBeGreaterThan(0)
        expect(more['seconds']).toBe(2)
        expect(more['rssAtStartMB']).toBeGreaterThan(0)
        expect(more['rssAtEndMB']).toBeGreaterThan(0)
      }
      if (name.endsWith('samples')) expect(value).toBeGreaterThan(0)
      if (name.endsWith('lag')) expect(value).toBeGreaterThanOrEqual(0)
    }
    expect(ratios).toHaveProperty('preparedToSynthetic')
  },
)

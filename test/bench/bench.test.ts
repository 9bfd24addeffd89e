import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { projectFolder } from '../real/programs.ts'
import type { BenchResult } from './bench.ts'
import { bench } from './bench.ts'
import { interleave, medianRatio, quantile } from './interleave.ts'
import { suites } from './suites.ts'

async function run(...args: string[]) {
  let [printed, complaint] = ['', '']
  const code = await bench(
    args,
    (text) => (printed += text),
    (text) => (complaint += text),
  )
  return { code, printed, complaint }
}

describe('npm run bench', () => {
  it(
    'measures how fast records are decoded, and that every way gives the same values',
    { timeout: 120_000 },
    async () => {
      const { stdout } = await promisify(execFile)(
        'npm',
        ['run', '--silent', 'bench', '--', 'decode', '--quick', '--json'],
        { cwd: projectFolder },
      )
      const result = JSON.parse(stdout) as BenchResult
      expect(result).toMatchObject({
        suite: 'decode',
        commit: expect.stringMatching(/^([0-9a-f]{12}\+?|unknown)$/) as string,
        machine: { node: process.version, loadAverage: { length: 3 } },
      })
      expect(result.machine.cpu).not.toBe('')
      expect(result.machine.cores).toBeGreaterThan(0)
      for (const stream of ['ecg', 'multiSignal']) {
        const rows = result.rows.filter(({ name }) => name.startsWith(`${stream}.`))
        expect(rows.map(({ name }) => name.slice(stream.length + 1))).toEqual([
          'frameParser',
          'jsonParse',
          'packetLength',
          'bareLoop',
        ])
        for (const row of rows) {
          expect(row).toMatchObject({
            unit: 'Msamples/s',
            samples: rows[0]?.['samples'],
            checksum: rows[0]?.['checksum'],
          })
          expect(row.value).toBeGreaterThan(0)
        }
      }
      for (const ratio of ['decodeToJson', 'decodeToPacketLength', 'multiSignal.decodeToJson'])
        expect(result.ratios[ratio]).toBeGreaterThan(0)
    },
  )

  it.each([[[]], [['nonsense']], [['toString']], [['decode', 'twice']], [['decode', '--nonsense']]])(
    'refuses %j as wrong use',
    async (args) => {
      const { code, printed, complaint } = await run(...args)
      expect({ code, printed }).toEqual({ code: 2, printed: '' })
      expect(complaint).toMatch(/^bench: /)
    },
  )

  it('names the suites to one who asks for none of them', async () => {
    const { complaint } = await run('nonsense')
    for (const name of Object.keys(suites)) expect(complaint).toContain(`  ${name}: `)
  })
})

describe('interleave', () => {
  const options = { rounds: 3, warmUpRounds: 1, roundMillis: 0, expected: 7 }

  it('takes the candidates in turn', async () => {
    const order: string[] = []
    const candidate = (name: string) => ({ name, pass: () => (order.push(name), 7) })
    const timings = await interleave([candidate('a'), candidate('b')], options)
    expect(order.join('')).toBe('abababab')
    expect(timings.map(({ name, rounds }) => [name, rounds.length])).toEqual([
      ['a', 3],
      ['b', 3],
    ])
  })

  it('rejects where a candidate comes to something else', async () => {
    await expect(interleave([{ name: 'wrong', pass: () => Promise.resolve(8) }], options)).rejects.toThrow(
      'wrong: expected a checksum of 7, received 8',
    )
  })
})

describe('figures of rounds', () => {
  it('gives quantiles', () => {
    expect([0, 0.25, 0.5, 1].map((q) => quantile([5, 1, 4, 2, 3], q))).toEqual([1, 2, 3, 5])
    expect(quantile([], 0.5)).toBeNaN()
  })

  it('compares within each round', () => {
    // The machine was three times as slow in the second round.
    const slow = { name: 'slow', rounds: [10, 30, 10], checksum: 0 }
    const fast = { name: 'fast', rounds: [2, 6, 1], checksum: 0 }
    expect(medianRatio(slow, fast)).toBe(5)
  })
})

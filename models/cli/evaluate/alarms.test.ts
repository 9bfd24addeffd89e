import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evaluateAlarms } from './alarms.ts'

let folder: string
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'vital-edge-alarms-'))))
afterAll(() => rm(folder, { recursive: true }))

/** Ten minutes at rest and, from the third on, two minutes far too fast. */
const heartRates = Array.from({ length: 600 }, (_, second) => (second >= 180 && second < 300 ? 170 : 65))

describe('evaluate alarms', () => {
  it('counts what a recording and simulated days raise, by source, and how soon events are told: twice the same', async () => {
    const hearts = join(folder, 'hearts')
    await mkdir(hearts)
    await writeFile(join(hearts, 'a1_hr.csv'), `hr_bpm\n${heartRates.join('\n')}\n`)
    const run = () => evaluateAlarms([hearts], { days: 2, hours: 0.1, seed: 9001, scenarios: ['fall'] })
    const result = await run()
    expect(Object.keys(result.groups)).toEqual(['hearts', 'simulated, all', 'simulated, values', 'simulated, all days'])
    const { simulated, rates } = result.groups['hearts']!
    expect(simulated).toBe(false)
    expect(rates['rule heart-rate-high-at-rest']).toMatchObject({ alarms: 1, elapsed: { rate: 144 } })
    expect(rates['autoencoder, ECG']).toMatchObject({ alarms: 0 })
    expect(result.groups['simulated, all days']!.rates['physiological']!.elapsed.days).toBeCloseTo(720 / 86_400, 3)
    expect(result.events).toMatchObject([{ scenario: 'fall', found: true }])
    expect(result.events[0]!.seconds).toBeGreaterThan(0)
    const again = await run()
    expect({ ...again, machine: 0 }).toEqual({ ...result, machine: 0 })
  }, 120_000)

  it('says what a folder should hold, and takes no simulated wearer that a model has learnt from', async () => {
    const empty = join(folder, 'empty')
    await mkdir(empty)
    const options = { days: 0, hours: 1, seed: 9001, scenarios: [] }
    await expect(evaluateAlarms([empty], options)).rejects.toThrow(`${empty}: expected WFDB records`)
    await expect(evaluateAlarms([], { ...options, days: 1, seed: 70_001 })).rejects.toThrow('70001')
  })
})

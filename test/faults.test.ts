import { describe, expect, it } from 'vitest'
import { campaign } from './faults/campaign.ts'
import { faults, isClean } from './faults/faults.ts'
import { offline } from './faults/offline.ts'
import { outageKinds } from './faults/plan.ts'
import { needs } from './real/programs.ts'

const { there, why } = needs('mosquitto', 'influxd')

describe.skipIf(!there)(`a short fault campaign with real parts${why}`, () => {
  it('loses no alarm and no summary, tells none twice, and tells of every outage', { timeout: 420_000 }, async () => {
    const result = await campaign({ kills: 4, seed: 11, say: () => undefined })
    const { faults, skipped, alarms, summaries, outages, details } = result
    console.log(`faults: ${JSON.stringify({ faults, skipped, alarms, summaries, outages, minutes: details.minutes })}`)
    expect(details.examples.filter((line) => /^(lost|duplicated|summary lost)/.test(line))).toEqual([])
    expect(details.untold).toEqual([])
    expect(alarms).toMatchObject({ lost: 0, duplicated: 0 })
    expect(summaries.lost).toBe(0)
    expect(isClean(result)).toBe(true)
    // It has done something, and something was there to lose.
    expect(faults['gateway-killed']).toBe(4)
    expect(Object.keys({ ...faults, ...skipped }).sort()).toEqual(['gateway-killed', ...outageKinds].sort())
    expect(alarms.raised).toBeGreaterThan(50)
    expect(summaries.made).toBeGreaterThan(3000)
    expect(outages.asked).toBeGreaterThanOrEqual(5)
    expect(details).toMatchObject({ dropped: 0, lostFrames: 0, refused: {} })
  })
})

describe.skipIf(!there)(`an hour without InfluxDB${why}`, () => {
  it('is kept, and alarms go before what waited', { timeout: 300_000 }, async () => {
    const { disk, backlog, drain, lost } = await offline({ hours: 1, wearers: 4, seed: 3 }, () => undefined)
    console.log(`offline: ${JSON.stringify({ disk, backlog, drain, lost })}`)
    expect(backlog).toMatchObject({ givenUp: 0 })
    expect(backlog.alarms).toBeGreaterThan(2)
    expect(lost).toEqual({ alarms: 0, summaries: 0 })
    expect(drain.summariesBeforeLastAlarm).toBeLessThan(backlog.summaries / 2)
    // Twelve hours of fifty wearers fit into what a gateway keeps by default.
    expect(disk.bytesPerWearerHour * 12 * 50 + disk.bytes).toBeLessThan(disk.limitMebibytes * 2 ** 20)
  })
})

describe('npm run faults', () => {
  it.each([['--kills', 'many'], ['--kills', '-1'], ['--seed', '1.5'], ['--what'], ['--hours', '0']])(
    'says what it expected instead of %s %s',
    async (...args) => {
      let complaint = ''
      const code = await faults(
        args[0] === '--hours' ? ['offline', ...args] : args,
        () => undefined,
        (text) => (complaint += text),
      )
      expect(code).toBe(2)
      expect(complaint).toContain(args[0])
      expect(complaint).toContain('npm run faults -- [--kills N]')
    },
  )
})

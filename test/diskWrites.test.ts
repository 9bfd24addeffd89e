import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { startInfluxd } from './real/influxd.ts'
import { startMosquitto } from './real/mosquitto.ts'
import { eventually, needs, projectFolder } from './real/programs.ts'
import { RunningProcess } from './real/vitalEdge.ts'

const { there, why } = needs('mosquitto', 'influxd')
const canMeasure = there && existsSync('/proc/self/io')
/** More of both for a figure to be told: DISK_WRITES_WEARERS=50 DISK_WRITES_SECONDS=60. */
const wearers = Number(process.env['DISK_WRITES_WEARERS'] ?? 1)
const seconds = Number(process.env['DISK_WRITES_SECONDS'] ?? 20)
/** Of one wearer, MB an hour; it was 300 as long as every half second was committed. */
const most = 150

describe.skipIf(!canMeasure)(`what a gateway writes to its disk while everything is connected${why}`, () => {
  const ends: (() => unknown)[] = []
  afterAll(async () => {
    for (const end of ends) await end()
  })

  it(`stays below ${most} MB an hour and wearer`, async () => {
    const influxd = await startInfluxd()
    ends.push(() => influxd.remove())
    const broker = await startMosquitto()
    ends.unshift(() => broker.stop())
    const gateway = await RunningProcess.start('gateway', (folder) => ({
      gateway: 'writes',
      dataDirectory: folder,
      mqtt: { url: broker.url },
      store: { kind: 'influx', url: influxd.url, database: 'writes' },
      nobodyListening: { alarm: 'off' },
      dashboard: false,
      sources: { mqtt: [{ name: 'devices', topics: [{ pattern: 'wearables/+/frame', decoder: 'frame' }] }] },
      assignments: Array.from({ length: wearers }, (_, i) => {
        const device = `fleet-${String(i + 1).padStart(5, '0')}`
        return { device, wearer: device }
      }),
    }))
    ends.unshift(() => gateway.remove())
    const args = ['simulate', 'fleet', '--wearers', String(wearers), '--to', broker.url]
    const fleet = spawn(process.execPath, [join(projectFolder, 'dist/cli.js'), ...args], { stdio: 'ignore' })
    ends.unshift(() => fleet.kill('SIGKILL'))
    const judged = async () => (await gateway.health()).counts.verdicts
    await eventually('everybody is judged', async () => (await judged()) >= 20 * wearers || undefined, 60)

    const [bytes, verdicts, startedAt] = [gateway.writtenBytes(), await judged(), performance.now()]
    await sleep(seconds * 1000)
    const hours = (performance.now() - startedAt) / 3.6e6
    const perHour = (gateway.writtenBytes() - bytes) / hours / 1e6
    process.stdout.write(`${wearers} wearers, ${seconds} s: ${perHour.toFixed(0)} MB an hour\n`)
    expect(await judged()).toBeGreaterThan(verdicts + seconds * wearers)
    expect(perHour).toBeGreaterThan(0)
    expect(perHour / wearers).toBeLessThan(most)
  }, 240_000)
})

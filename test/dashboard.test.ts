import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startInfluxd, type Influxd } from './real/influxd.ts'
import { startMosquitto, type Mosquitto } from './real/mosquitto.ts'
import { eventually, needs, pathOf, projectFolder, recording } from './real/programs.ts'
import { RunningProcess, vitalEdge } from './real/vitalEdge.ts'

const { there, why } = needs('mosquitto', 'influxd', 'chromium', 'recordings')

describe.skipIf(!there)(`gateway → InfluxDB → cloud → browser${why}`, () => {
  let influxd: Influxd
  let broker: Mosquitto
  let gateway: RunningProcess
  let cloud: RunningProcess
  let browser: BrowserContext
  let page: Page

  beforeAll(async () => {
    influxd = await startInfluxd()
    broker = await startMosquitto()
    const store = { kind: 'influx', url: influxd.url, database: 'ward' }
    gateway = await RunningProcess.start('gateway', (folder) => ({
      gateway: 'gw-01',
      dataDirectory: folder,
      mqtt: { url: broker.url },
      assignments: ['208', '119'].map((device) => ({ device, wearer: `w-${device}` })),
      store,
      dashboard: false,
      sources: { mqtt: [{ name: 'devices', topics: [{ pattern: 'wearables/+/frame', decoder: 'frame' }] }] },
    }))
    cloud = await RunningProcess.start('cloud', () => ({ mqtt: { url: broker.url }, store }))
    browser = await chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), 'vital-edge-chromium-')), {
      executablePath: pathOf('chromium') ?? 'chromium',
      headless: true,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
      viewport: { width: 1280, height: 800 },
    })
    page = await browser.newPage()
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await Promise.all([gateway, cloud].map((process) => process?.remove()))
    await broker?.stop()
    await influxd?.remove()
  })

  it('shows an alarm of a real recording, acknowledges it, and it stays acknowledged after a reload', async () => {
    const replay = (record: string) =>
      vitalEdge('replay', recording(`mitdb/${record}`), '--to', broker.url, '--speed', '60', '--limit', '300')
    await page.goto(cloud.url)
    const sending = Promise.all([replay('208'), replay('119')])
    const alarm = await eventually('an alarm about heartbeats', async () =>
      (await cloud.alarms()).find(({ code }) => code === 'ecg-anomaly'),
    )
    const row = page.getByTestId(`alarm-${alarm.id}`)
    await row.waitFor()
    expect(await page.getByTestId(`tile-${alarm.wearer}`).isVisible()).toBe(true)
    expect((await sending).map(({ code }) => code)).toEqual([0, 0])

    await page.getByTestId(`ack-${alarm.id}`).click()
    await page.getByTestId(`ack-name-${alarm.id}`).fill('Nurse Test')
    await page.getByTestId(`ack-comment-${alarm.id}`).fill('seen at the bedside')
    await page.keyboard.press('Enter')
    await eventually('the gateway has it', async () => {
      const kept = (await cloud.alarms()).find(({ id }) => id === alarm.id)
      return kept?.acknowledged?.by === 'Nurse Test' ? kept : undefined
    })
    await page.reload()
    await row.waitFor()
    await expect.poll(() => row.innerText()).toContain('Nurse Test')
    expect(await page.getByTestId(`ack-${alarm.id}`).count()).toBe(0)
    mkdirSync(join(projectFolder, 'test/results'), { recursive: true })
    await page.screenshot({ path: join(projectFolder, 'test/results/acknowledged.png'), fullPage: true })
    expect(
      await eventually('it rests in InfluxDB', async () => {
        const kept = (await cloud.alarms()).find(({ id }) => id === alarm.id)
        return kept?.acknowledged?.comment
      }),
    ).toBe('seen at the bedside')
  }, 120_000)

  it('raises gateway-silent when the gateway is killed, and says on the wall that nobody is watched', async () => {
    await gateway.end('SIGKILL')
    const alarm = await eventually(
      'the alarm',
      async () =>
        (await cloud.alarms()).find(
          ({ code, state }) => code === 'gateway-silent' && state === 'active-unacknowledged',
        ),
      60,
    )
    expect(alarm).toMatchObject({ type: 'technical', priority: 'high' })
    await expect.poll(() => page.getByTestId('tile-w-208').innerText()).toMatch(/not watching/i)
  }, 90_000)
})

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { AxeResults } from 'axe-core'
import { chromium } from 'playwright-core'
import type { BrowserContext, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { needs, pathOf } from '../test/real/programs.ts'
import { httpSchema } from './config.ts'
import { Live } from './live.ts'
import { makeToken } from './roles.ts'
import { startCloud } from './server.ts'
import type { Cloud } from './server.ts'
import { openEmbeddedStore } from './store/embedded.ts'
import type { Store } from './store/store.ts'
import { anAlarm, aStatus } from './testing/samples.ts'
import { startBroker, startStandInGateway } from './testing/standInGateway.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const { there, why } = needs('chromium')

describe.skipIf(!there)(`the alarms on the page, in Chromium${why}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'vital-edge-alarms-page-'))
  let broker: Awaited<ReturnType<typeof startBroker>>
  let gateway: Awaited<ReturnType<typeof startStandInGateway>>
  let store: Store
  let cloud: Cloud
  let browser: BrowserContext
  let page: Page

  beforeAll(async () => {
    const configFile = fileURLToPath(new URL('./dashboard/vite.config.ts', import.meta.url))
    await build({ configFile, logLevel: 'error', build: { outDir: join(folder, 'page') } })
    browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
      executablePath: pathOf('chromium') ?? 'chromium',
      headless: true,
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
    })
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  beforeEach(async () => {
    broker = await startBroker()
    gateway = await startStandInGateway(broker.url)
    store = openEmbeddedStore(':memory:')
    await browser.clearCookies()
    page = await browser.newPage()
  })
  afterEach(async () => {
    await page.close()
    await cloud.stop()
    await store.stop()
    await gateway.stop()
    await broker.stop()
  })

  async function start(changes: object = {}): Promise<void> {
    const live = new Live({ url: broker.url, base: 'vital-edge', requestTimeoutMs: 1000 })
    const http = httpSchema.parse({ port: 0, ...changes })
    cloud = await startCloud({ store, live, http, dashboard: join(folder, 'page') })
    await gateway.heartbeat()
    await gateway.status(aStatus({}))
    await gateway.status(aStatus({ id: 'w2', devices: ['d2'] }))
    const at = new Date().toISOString()
    const technical = { type: 'technical', code: 'lead-off', text: 'Electrode off', wearer: 'w2' } as const
    await gateway.alarm(anAlarm({ id: 'a1', priority: 'high', at }))
    await gateway.alarm(anAlarm({ ...technical, id: 'a2', priority: 'low', at }))
    const shelved = { by: 'Rui', why: 'in the bath', at, until: new Date(Date.now() + 3600_000).toISOString() }
    await gateway.alarm(anAlarm({ ...technical, id: 'a3', wearer: 'w1', state: 'shelved', shelved, at }))
    const acknowledged = { by: 'Rui', at }
    await gateway.alarm(
      anAlarm({ id: 'a4', state: 'active-acknowledged', acknowledged, at, escalation: { level: 2, at } }),
    )
  }

  async function open(): Promise<void> {
    await page.goto(cloud.url)
    await page.getByTestId('alarm-a4').waitFor()
  }

  async function listed(): Promise<string[]> {
    const rows = await page.locator('.alarms [data-testid^="alarm-"]').all()
    const names = await Promise.all(rows.map((row) => row.getAttribute('data-testid')))
    return names.map(String).sort()
  }

  async function violations(): Promise<string[]> {
    await page.evaluate(axe)
    const { violations: found } = await page.evaluate<AxeResults>('axe.run()')
    return found
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)
  }

  it('can be narrowed down by state, priority, kind and wearer', async () => {
    await start()
    await open()
    const all = ['alarm-a1', 'alarm-a2', 'alarm-a3', 'alarm-a4']
    expect(await listed()).toEqual(all)
    for (const [name, value, expected] of [
      ['state', 'waiting', ['alarm-a1', 'alarm-a2']],
      ['priority', 'low', ['alarm-a2']],
      ['wearer', 'w1', []],
      ['priority', '', ['alarm-a1']],
      ['state', '', ['alarm-a1', 'alarm-a3', 'alarm-a4']],
      ['type', 'technical', ['alarm-a3']],
    ] as const) {
      await page.getByTestId(`filter-${name}`).selectOption(value)
      await expect.poll(listed).toEqual(expected)
      expect(await page.getByTestId('shown').textContent()).toBe(`${expected.length} of 4 alarms shown`)
    }
  })

  it('are shelved by keyboard alone, and taken down; sound is paused; each says who, why and until when', async () => {
    await start()
    await open()
    await page.getByTestId('alarm-a3').getByText('Shelved by Rui until').waitFor()
    await page.getByTestId('alarm-a4').getByText('Passed on, step 2').waitFor()
    const shelve = page.getByTestId('shelve-a2')
    const focused = page.locator(':focus[data-testid="shelve-a2"]')
    for (let tabs = 0; tabs < 60 && (await focused.count()) === 0; tabs += 1) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.keyboard.type('Ana Nunes')
    await page.keyboard.press('Tab')
    await page.keyboard.type('new electrodes are coming')
    await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await shelve.waitFor()
    await page.getByTestId('unshelve-a3').click()
    await page.keyboard.press('Enter')
    await expect.poll(() => gateway.requests.length).toBe(2)
    await page.getByTestId('pause-audio').click()
    await page.getByLabel('For').selectOption('5 minutes')
    await page.getByRole('button', { name: 'Pause sound' }).click()
    await expect.poll(() => gateway.requests.length).toBe(3)
    const by = 'Ana Nunes'
    expect(gateway.requests).toMatchObject([
      { action: 'shelve', wearer: 'w2', code: 'lead-off', seconds: 3600, by, why: 'new electrodes are coming' },
      { action: 'unshelve', wearer: 'w1', code: 'lead-off', by },
      { action: 'pause-audio', seconds: 300, by },
    ])
    gateway.fallMute()
    await shelve.click()
    await page.getByLabel('Why').fill('again')
    await page.keyboard.press('Enter')
    await page.getByText('Not done: gateway "g1" did not answer within 1 s').waitFor()
    expect(await page.getByLabel('Why').inputValue()).toBe('again')
  })

  it('can be seen by a viewer and not answered', async () => {
    const { token, hash } = makeToken()
    await start({ tokens: [{ name: 'wall', role: 'viewer', hash }] })
    await page.goto(cloud.url)
    await page.getByLabel('Token').fill(token)
    await page.keyboard.press('Enter')
    await page.getByTestId('alarm-a1').waitFor()
    await page.locator('.connection.live').waitFor()
    await page.getByText('You are logged in as a viewer').waitFor()
    expect(await page.locator('main button').count()).toBe(0)
    expect(await page.getByTestId('filter-state').count()).toBe(1)
  })

  it('and all else on it have no serious accessibility violation, light and dark, with forms open, at a phone’s width', async () => {
    await start()
    for (const [colorScheme, width] of [
      ['light', 1280],
      ['dark', 390],
    ] as const) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 800 })
      await open()
      expect(await violations()).toEqual([])
      for (const id of ['ack-a1', 'shelve-a2', 'unshelve-a3', 'pause-audio', 'observe-w1'])
        await page.getByTestId(id).click()
      expect(await violations()).toEqual([])
    }
  }, 60_000)

  it('and its log-in have none either, and a page that lacks names has some', async () => {
    await start({ token: 'correct-horse-battery-staple' })
    await page.goto(cloud.url)
    await page.getByLabel('Token').waitFor()
    expect(await violations()).toEqual([])
    await page.setContent('<!doctype html><html><body><button></button><img src="data:,"></body></html>')
    expect((await violations()).map((line) => line.split(':')[0])).toEqual(
      expect.arrayContaining(['button-name', 'image-alt']),
    )
  })

  it('come in a bundle of at most 150 kB gzipped, with nothing from elsewhere', () => {
    const assets = join(folder, 'page', 'assets')
    const files = readdirSync(assets).map((name) => readFileSync(join(assets, name)))
    const bytes = files.reduce((sum, file) => sum + gzipSync(file).length, 0)
    expect(bytes).toBeLessThan(150_000)
    const index = readFileSync(join(folder, 'page', 'index.html'), 'utf8')
    expect(index).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
  })
})

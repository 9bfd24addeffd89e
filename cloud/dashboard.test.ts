import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import type { BrowserContext, Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { WearerStatus } from '../edge/messages.ts'
import { httpSchema } from './config.ts'
import { Live } from './live.ts'
import { startCloud } from './server.ts'
import type { Cloud } from './server.ts'
import { openEmbeddedStore } from './store/embedded.ts'
import type { Store } from './store/store.ts'
import { anAlarm, aStatus, aSummary } from './testing/samples.ts'
import { startBroker, startStandInGateway } from './testing/standInGateway.ts'
import { needs, pathOf } from '../test/real/programs.ts'

const chromiumPath = pathOf('chromium')
const { there, why } = needs('chromium')

describe.skipIf(!there)(`the dashboard in Chromium${why}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'vital-edge-dashboard-'))
  let broker: Awaited<ReturnType<typeof startBroker>>
  let gateway: Awaited<ReturnType<typeof startStandInGateway>>
  let store: Store
  let cloud: Cloud
  let browser: BrowserContext
  let page: Page
  let mistakes: string[]

  beforeAll(async () => {
    const configFile = fileURLToPath(new URL('./dashboard/vite.config.ts', import.meta.url))
    await build({ configFile, logLevel: 'error', build: { outDir: join(folder, 'page') } })
    browser = await chromium.launchPersistentContext(join(folder, 'profile'), {
      executablePath: chromiumPath ?? 'chromium',
      headless: true,
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
    })
  })
  afterAll(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function start(changes: { token?: string; port?: number } = {}): Promise<void> {
    const live = new Live({ url: broker.url, base: 'vital-edge', requestTimeoutMs: 1000 })
    const http = httpSchema.parse({ port: 0, ...changes })
    cloud = await startCloud({ store, live, http, dashboard: join(folder, 'page') })
  }

  beforeEach(async () => {
    broker = await startBroker()
    gateway = await startStandInGateway(broker.url)
    store = openEmbeddedStore(':memory:')
    page = await browser.newPage()
    mistakes = []
    page.on('pageerror', (error) => mistakes.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error') mistakes.push(message.text())
    })
  })
  afterEach(async () => {
    await page.close()
    await cloud.stop()
    await store.stop()
    await gateway.stop()
    await broker.stop()
  })

  it('lets an alarm be acknowledged by keyboard alone, and shows it so after a reload and in a second page', async () => {
    await start()
    await gateway.heartbeat()
    await gateway.status(aStatus({}))
    await gateway.alarm(anAlarm({ priority: 'high' }))
    await page.goto(cloud.url)
    const second = await browser.newPage()
    await second.goto(cloud.url)
    // A page behind another draws nothing.
    await page.bringToFront()
    const row = page.getByTestId(`alarm-${anAlarm({}).id}`)
    await row.waitFor()
    await page.locator('.connection.live').waitFor()
    const button = page.getByTestId(`ack-${anAlarm({}).id}`)
    const focused = page.locator(`:focus[data-testid="ack-${anAlarm({}).id}"]`)
    for (let tabs = 0; tabs < 20 && (await focused.count()) === 0; tabs += 1) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.locator(`:focus[data-testid="ack-name-${anAlarm({}).id}"]`).waitFor()
    await page.keyboard.type('Ana Nunes')
    await page.keyboard.press('Tab')
    await page.keyboard.type('looked, "fine" <b>')
    await page.keyboard.press('Enter')
    await row.getByText('Active, acknowledged').waitFor()
    await second.bringToFront()
    await second
      .getByTestId(`alarm-${anAlarm({}).id}`)
      .getByText('Acknowledged by Ana Nunes')
      .waitFor()
    await page.bringToFront()
    await second.close()
    await page.reload()
    await row.getByText('Acknowledged by Ana Nunes').waitFor()
    expect(await row.locator('q').textContent()).toBe('looked, "fine" <b>')
    expect(await button.count()).toBe(0)
    expect(gateway.requests).toMatchObject([{ action: 'acknowledge', by: 'Ana Nunes', comment: 'looked, "fine" <b>' }])
    expect(mistakes).toEqual([])
  })

  it('says on each tile since when it watches or why not, live', async () => {
    await start()
    await gateway.heartbeat()
    const at = new Date().toISOString()
    await gateway.status(
      aStatus({ vitals: { heartRate: { value: 61.4, unit: '/min', at } }, watchingWithout: ['d2: silent'] }),
    )
    const unwatched = aStatus({ id: 'w2', notWatchingBecause: 'the electrode is off' })
    delete unwatched.watchingSince
    await gateway.status(unwatched)
    await page.goto(cloud.url)
    const tile = page.getByTestId('tile-w1')
    await tile.getByText('Watching since').waitFor()
    await tile.getByText('but not through d2: silent').waitFor()
    expect(await tile.locator('.vitals').innerText()).toMatch(/Heart rate\s+61 \/min/)
    await page.getByTestId('tile-w2').getByText('because the electrode is off').waitFor()
    expect(await page.getByTestId('watched').textContent()).toBe('1 of 2 watched')
    await gateway.summary(aSummary({ at, score: 0.9, threshold: 0.5 }))
    await tile.getByText('> threshold 0.50').waitFor()
    await gateway.alarm(anAlarm({ code: 'spo2-low', text: 'SpO₂ 84 %' }))
    await tile.getByText('SpO₂ 84 %').waitFor()
    expect(await page.title()).toBe('(1) Vital Edge')
    gateway.breakOff()
    await tile.getByText('because gateway g1 is silent since').waitFor()
    await page.locator('.banner', { hasText: 'Gateway g1 is silent since' }).waitFor()
    expect(mistakes).toEqual([])
  })

  it('shows NEWS2 as a total, as the least that it can be, or why there is none', async () => {
    await start()
    const at = new Date().toISOString()
    const score = { at, atLeast: 3, missing: ['breathes', 'consciousness'], threes: ['spo2'], points: {}, spo2Scale: 2 }
    const total = { ...score, total: 7, atLeast: 7, missing: [], threes: [], spo2Scale: 1 }
    await gateway.status(aStatus({ earlyWarning: score as WearerStatus['earlyWarning'] }))
    await gateway.status(aStatus({ id: 'w2', earlyWarning: total as WearerStatus['earlyWarning'] }))
    await gateway.status(aStatus({ id: 'w3', earlyWarning: { at, notGivenBecause: 'the age is unknown' } }))
    await gateway.status(aStatus({ id: 'w4' }))
    await page.goto(cloud.url)
    await page.getByTestId('tile-w4').waitFor()
    const text = (id: string) => page.getByTestId(`news2-${id}`).innerText()
    expect(await text('w1')).toBe(
      'NEWS2 at least 3 3 points alone: SpO₂ missing: air or oxygen, consciousness SpO₂ scale 2',
    )
    expect(await text('w2')).toBe('NEWS2 7')
    expect(await text('w3')).toBe('NEWS2: not given (the age is unknown)')
    expect(await page.getByTestId('news2-w4').count()).toBe(0)
    expect(mistakes).toEqual([])
  })

  it('sends to the gateway what a person has seen of a wearer, and forgets it', async () => {
    await start()
    await gateway.heartbeat()
    await gateway.status(aStatus({}))
    await page.goto(cloud.url)
    await page.getByTestId('observe-w1').click()
    await page.getByTestId('observe-name-w1').fill('Ana Nunes')
    const submit = page.getByTestId('observe-submit-w1')
    expect(await submit.isDisabled()).toBe(true)
    await page.getByLabel('consciousness').selectOption('Responds to voice')
    await page.getByLabel('Age in years').fill('71')
    await submit.click()
    await page.getByTestId('observe-w1').click()
    expect(await page.getByLabel('Age in years').inputValue()).toBe('')
    expect(gateway.requests).toMatchObject([
      { action: 'observe', wearer: 'w1', by: 'Ana Nunes', consciousness: 'V', ageYears: 71 },
    ])
    expect(gateway.requests[0]).not.toHaveProperty('breathes')
    gateway.fallMute()
    await page.getByLabel('air or oxygen').selectOption('Oxygen')
    await submit.click()
    await page.getByText('Not noted: gateway "g1" did not answer within 1 s').waitFor()
    expect(await page.getByLabel('air or oxygen').inputValue()).toBe('oxygen')
  })

  it('says why an alarm was not acknowledged, and keeps what was typed', async () => {
    await start()
    await gateway.alarm(anAlarm({}))
    gateway.fallMute()
    await page.goto(cloud.url)
    await page.getByTestId(`ack-${anAlarm({}).id}`).click()
    await page.getByTestId(`ack-name-${anAlarm({}).id}`).fill('Rui')
    await page.getByTestId(`ack-submit-${anAlarm({}).id}`).click()
    await page.getByText('Not acknowledged: gateway "g1" did not answer within 1 s').waitFor()
    expect(await page.getByTestId(`ack-name-${anAlarm({}).id}`).inputValue()).toBe('Rui')
    expect(await page.getByTestId(`alarm-${anAlarm({}).id}`).getAttribute('data-state')).toBe('active-unacknowledged')
  })

  it('says loudly that the connection is lost, and catches up when the server is back', async () => {
    await start()
    await gateway.status(aStatus({}))
    await page.goto(cloud.url)
    await page.locator('.connection.live').waitFor()
    const port = Number(new URL(cloud.url).port)
    await cloud.stop()
    await page.getByText('Everything below is as it was at').waitFor({ timeout: 25_000 })
    await start({ port })
    await gateway.alarm(anAlarm({ text: 'raised meanwhile' }))
    await page.getByTestId('tile-w1').getByText('raised meanwhile').waitFor({ timeout: 25_000 })
    await page.locator('.connection.live').waitFor()
  }, 60_000)

  it('asks for the token before it shows anything', async () => {
    await start({ token: 'correct-horse-battery-staple' })
    await gateway.status(aStatus({}))
    await page.goto(cloud.url)
    await page.getByLabel('Token').fill('wrong')
    await page.keyboard.press('Enter')
    await page.getByText('That was not the token.').waitFor()
    await page.getByLabel('Token').fill('correct-horse-battery-staple')
    await page.keyboard.press('Enter')
    await page.getByTestId('tile-w1').waitFor()
    await page.locator('.connection.live').waitFor()
  })
})

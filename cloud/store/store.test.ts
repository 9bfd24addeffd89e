import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RefusedForGood } from '../../edge/messages.ts'
import type { Alarm, Stored, Summary } from '../../edge/messages.ts'
import { startInfluxd } from '../../test/real/influxd.ts'
import { needs } from '../../test/real/programs.ts'
import type { Influxd } from '../../test/real/influxd.ts'
import { openEmbeddedStore } from './embedded.ts'
import { openInfluxStore } from './influx.ts'
import { anAlarm, aSummary } from '../testing/samples.ts'
import type { Store } from './store.ts'

const alarmItem = (alarm: Alarm): Stored => ({ kind: 'alarm', alarm })
const summaryItem = (summary: Summary): Stored => ({ kind: 'summary', summary })
const second = (n: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, n)).toISOString()

/** What every store promises (see `store.ts`); `open` gives an empty one. */
function storeContract(open: () => Store | Promise<Store>) {
  let store: Store
  beforeEach(async () => {
    store = await open()
  })
  afterEach(() => store.stop())

  it('gives back an alarm as it was written', async () => {
    const alarm = anAlarm({
      acknowledged: { by: 'nurse', comment: 'seen', at: second(9) },
      streamTime: { device: 'd1', bootId: 4294967295, tick: 9007199254740991 },
      evidence: { detector: 'autoencoder', score: 1.5e-7, threshold: 0.25, attribution: { ecg: -1e-7 } },
    })
    await store.sink.write([alarmItem(alarm)])
    expect(await store.alarm(alarm.id)).toEqual(alarm)
    expect(await store.alarms({ limit: 10 })).toEqual({ alarms: [alarm] })
  })

  it('keeps an alarm about the gateway itself, which is of no wearer and no device', async () => {
    const alarm = anAlarm({ code: 'gateway-restarted', type: 'technical', devices: [] })
    delete alarm.wearer
    await store.sink.write([alarmItem(alarm)])
    const over: Alarm = { ...alarm, state: 'returned-unacknowledged', endedAt: second(5), revision: 2 }
    await store.sink.write([alarmItem(over)])
    expect(await store.alarms({ limit: 10, state: 'active' })).toEqual({ alarms: [over] })
    expect(await store.alarms({ limit: 10, wearer: 'w1' })).toEqual({ alarms: [] })
  })

  it('erases one wearer and nobody else, whatever they are called, and takes them again afterwards', async () => {
    const names = ['w1', 'w10', `w' OR "wearer" =~ /.*/ --`, 'w"; DROP SERIES FROM alarms', '$wearer']
    const of = (wearer: string): Stored[] => [
      alarmItem(anAlarm({ id: `pause.${wearer}.1`, wearer })),
      summaryItem(aSummary({ wearer })),
      summaryItem(aSummary({ wearer, spanSeconds: 60 })),
    ]
    await store.sink.write(['w1', 'w10'].flatMap(of))
    for (const hostile of names.slice(2)) {
      await store.erase(hostile)
      expect(await store.summaries({ wearer: hostile, spanSeconds: 1, limit: 10 })).toEqual([])
      expect(await store.alarms({ wearer: hostile, limit: 10 })).toEqual({ alarms: [] })
      expect(await store.alarm(hostile)).toBeUndefined()
    }
    expect((await store.wearers()).map(({ id }) => id)).toEqual(['w1', 'w10'])
    await store.erase('w1')
    expect((await store.wearers()).map(({ id }) => id)).toEqual(['w10'])
    expect((await store.alarms({ limit: 10 })).alarms.map(({ wearer }) => wearer)).toEqual(['w10'])
    for (const spanSeconds of [1, 60] as const)
      expect(await store.summaries({ wearer: 'w1', spanSeconds, limit: 10 })).toEqual([])
    await store.sink.write(of('w1'))
    expect((await store.alarms({ limit: 10, wearer: 'w1' })).alarms).toHaveLength(1)
  })

  it('is empty before anything was written', async () => {
    expect(await store.alarms({ limit: 10 })).toEqual({ alarms: [] })
    expect(await store.alarm('none')).toBeUndefined()
    expect(await store.wearers()).toEqual([])
    expect(await store.summaries({ wearer: 'w1', spanSeconds: 60, limit: 10 })).toEqual([])
    await store.sink.write([])
  })

  it('holds a resent alarm and a resent summary once', async () => {
    const items = [alarmItem(anAlarm({})), summaryItem(aSummary({})), summaryItem(aSummary({ spanSeconds: 60 }))]
    await store.sink.write(items)
    await store.sink.write([...items, ...items])
    expect((await store.alarms({ limit: 10 })).alarms).toHaveLength(1)
    expect(await store.summaries({ wearer: 'w1', spanSeconds: 1, limit: 10 })).toEqual([aSummary({})])
    expect(await store.summaries({ wearer: 'w1', spanSeconds: 60, limit: 10 })).toHaveLength(1)
  })

  it('keeps the highest revision, in whatever order revisions come', async () => {
    const first = anAlarm({ revision: 1 })
    const third = anAlarm({ revision: 3, state: 'normal', endedAt: second(30), devices: ['d2', 'd1'] })
    const later = anAlarm({ revision: 2, state: 'active-acknowledged' })
    await store.sink.write([alarmItem(first)])
    await store.sink.write([alarmItem(third), alarmItem(later)])
    await store.sink.write([alarmItem(first)])
    expect(await store.alarms({ limit: 10 })).toEqual({ alarms: [third] })
  })

  it('keeps two alarms apart that begin in the same millisecond', async () => {
    await store.sink.write([alarmItem(anAlarm({ id: 'a' })), alarmItem(anAlarm({ id: 'b' }))])
    expect((await store.alarms({ limit: 10 })).alarms.map(({ id }) => id).sort()).toEqual(['a', 'b'])
  })

  it('pages through alarms from the newest on, each once, whatever the page size', async () => {
    const alarms = Array.from({ length: 23 }, (_, n) => anAlarm({ id: `a${n}`, at: second(Math.floor(n / 3)) }))
    await store.sink.write(alarms.map(alarmItem))
    for (const limit of [1, 5, 23, 50]) {
      const seen: Alarm[] = []
      let before: string | undefined
      do {
        const page = await store.alarms({ limit, before })
        seen.push(...page.alarms)
        before = page.next
      } while (before !== undefined)
      expect(seen).toHaveLength(23)
      expect(new Set(seen.map(({ id }) => id)).size).toBe(23)
      expect(seen.map(({ at }) => at)).toEqual(
        alarms
          .map(({ at }) => at)
          .sort()
          .reverse(),
      )
    }
    await expect(store.alarms({ limit: 1, before: 'yesterday' })).rejects.toThrow('received "yesterday"')
  })

  it('tells what still needs somebody from what is over and acknowledged', async () => {
    await store.sink.write([
      alarmItem(anAlarm({ id: 'a' })),
      alarmItem(anAlarm({ id: 'b', state: 'returned-unacknowledged' })),
      alarmItem(anAlarm({ id: 'c', state: 'normal' })),
      alarmItem(anAlarm({ id: 'd', wearer: 'w2' })),
    ])
    const ids = async (query: Omit<Parameters<Store['alarms']>[0], 'limit'>) =>
      (await store.alarms({ ...query, limit: 10 })).alarms.map(({ id }) => id).sort()
    expect(await ids({ state: 'active' })).toEqual(['a', 'b', 'd'])
    expect(await ids({ state: 'all' })).toEqual(['a', 'b', 'c', 'd'])
    expect(await ids({ state: 'active', wearer: 'w1' })).toEqual(['a', 'b'])
  })

  it('gives the newest summaries of a span of time, oldest first', async () => {
    const written = Array.from({ length: 10 }, (_, n) => aSummary({ at: second(n), means: { heartRate: 60 + n / 3 } }))
    await store.sink.write([...written].reverse().map(summaryItem))
    await store.sink.write([summaryItem(aSummary({ wearer: 'w2', at: second(3) }))])
    const query = { wearer: 'w1', spanSeconds: 1 as const }
    expect(await store.summaries({ ...query, limit: 100 })).toEqual(written)
    expect(await store.summaries({ ...query, from: second(2), to: second(8), limit: 3 })).toEqual(written.slice(5, 8))
  })

  it('gives back all that a minute says of the heart', async () => {
    const minute = aSummary({
      spanSeconds: 60,
      ventricularBeats: 3,
      supraventricularBeats: 1,
      rmssdMillis: 31.4,
      sdnnMillis: 55.1,
    })
    await store.sink.write([summaryItem(minute)])
    expect(await store.summaries({ wearer: 'w1', spanSeconds: 60, limit: 10 })).toEqual([minute])
  })

  it('knows every wearer by the newest summary of either span', async () => {
    await store.sink.write([
      summaryItem(aSummary({ at: second(5) })),
      summaryItem(aSummary({ at: second(60), spanSeconds: 60 })),
      summaryItem(aSummary({ at: second(7), wearer: 'w2' })),
    ])
    await store.sink.write([summaryItem(aSummary({ at: second(1), wearer: 'w2' }))])
    expect((await store.wearers()).map(({ id, last }) => [id, last.at])).toEqual([
      ['w1', second(60)],
      ['w2', second(7)],
    ])
  })

  it.each([
    `'; DROP MEASUREMENT "alarms"; --`,
    `" OR 1=1 --`,
    `w1' OR 'a' = 'a`,
    'back\\slash \\\' and \\" quotes',
    'new\nline\r\n,comma=equals space',
    '$wearer ${wearer} $<wearer>',
    'Übergrößenträger 心電図 🫀',
  ])('takes %j as text and nothing else', async (text) => {
    const alarm = anAlarm({ text, acknowledged: { by: text, comment: text, at: second(2) }, params: { note: text } })
    const odd = anAlarm({ id: text })
    await store.sink.write([alarmItem(alarm), alarmItem(odd), summaryItem(aSummary({}))])
    expect(await store.alarm(alarm.id)).toEqual(alarm)
    expect(await store.alarms({ wearer: text, limit: 10 })).toEqual({ alarms: [] })
    expect(await store.summaries({ wearer: text, spanSeconds: 1, limit: 10 })).toEqual([])
    expect((await store.alarms({ limit: 10 })).alarms).toHaveLength(2)
    expect(await store.summaries({ wearer: 'w1', spanSeconds: 1, limit: 10 })).toHaveLength(1)
  })

  it('gives back any comment unchanged', async () => {
    const chars = fc.string({ unit: fc.constantFrom("'", '"', '\\', '\n', ',', '=', ' ', '$', ';', 'x', 'é') })
    await fc.assert(
      fc.asyncProperty(chars, async (comment) => {
        const alarm = anAlarm({ acknowledged: { by: 'x', comment, at: second(2) } })
        await store.sink.write([alarmItem(alarm)])
        expect(await store.alarm(alarm.id)).toEqual(alarm)
      }),
      { numRuns: 50 },
    )
  })

  it.each<[string, unknown, RegExp]>([
    [
      'an alarm without a revision',
      alarmItem({ ...anAlarm({}), revision: null } as never),
      /^alarm\.revision: .*number/,
    ],
    ['an alarm without an id', alarmItem({ ...anAlarm({}), id: undefined } as never), /^alarm\.id: .*string/],
    ['an alarm without a time', alarmItem(anAlarm({ at: 'Invalid Date' })), /^alarm\.at: /],
    ['an alarm before 1677', alarmItem(anAlarm({ at: '1600-01-01T00:00:00.000Z' })), /^alarm\.at: .*1677.* 1600/],
    ['an alarm after 2262', alarmItem(anAlarm({ at: '2262-04-11T23:47:17.000Z' })), /^alarm\.at: .*2262/],
    ['a summary without a time', summaryItem({ ...aSummary({}), at: undefined } as never), /^summary\.at: /],
    ['a summary with NaN', summaryItem(aSummary({ beats: NaN })), /^summary\.beats: .*NaN/],
    ['a summary before 1677', summaryItem(aSummary({ at: '0001-01-01T00:00:00.000Z' })), /^summary\.at: .*1677/],
    ['a summary after 2262', summaryItem(aSummary({ at: '9999-12-31T23:59:59.999Z' })), /^summary\.at: .*9999/],
    ['an item of no kind', { kind: 'song' }, /^kind: /],
  ])('refuses %s for good, and says what is wrong', async (_, item, said) => {
    const refused: unknown = await store.sink
      .write([alarmItem(anAlarm({})), item as Stored])
      .catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(RefusedForGood)
    expect((refused as Error).message).toMatch(said)
    expect(await store.alarms({ limit: 10 })).toEqual({ alarms: [] })
    await store.sink.write([alarmItem(anAlarm({}))])
    expect((await store.alarms({ limit: 10 })).alarms).toHaveLength(1)
  })

  it.each(['1677-09-22T00:00:00.000Z', '1970-01-01T00:00:00.000Z', '2262-04-11T23:47:16.853Z'])(
    'holds what happened at %s',
    async (at) => {
      await store.sink.write([alarmItem(anAlarm({ at })), summaryItem(aSummary({ at }))])
      expect((await store.alarm(anAlarm({}).id))?.at).toBe(at)
      expect((await store.wearers())[0]?.last.at).toBe(at)
    },
  )

  it('refuses every call once stopped', async () => {
    await store.stop()
    await store.sink.stop()
    await expect(store.sink.write([summaryItem(aSummary({}))])).rejects.toThrow('stopped')
    await expect(store.alarms({ limit: 1 })).rejects.toThrow('stopped')
    await expect(store.wearers()).rejects.toThrow('stopped')
  })
}

describe('the embedded store, in memory', () => {
  storeContract(() => openEmbeddedStore(':memory:'))
})

describe('the embedded store, in a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vital-edge-store-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  let count = 0

  storeContract(() => openEmbeddedStore(join(folder, `${(count += 1)}.db`)))

  it('makes the folder of its file', async () => {
    const store = openEmbeddedStore(join(folder, 'not', 'there', 'yet', 'store.db'))
    await store.sink.write([summaryItem(aSummary({}))])
    await store.stop()
  })

  it('holds everything after it was closed and opened again', async () => {
    const file = join(folder, 'again.db')
    const before = openEmbeddedStore(file)
    await before.sink.write([alarmItem(anAlarm({})), summaryItem(aSummary({}))])
    await before.stop()
    const after = openEmbeddedStore(file)
    expect(await after.alarm(anAlarm({}).id)).toEqual(anAlarm({}))
    expect(await after.wearers()).toEqual([{ id: 'w1', last: aSummary({}) }])
    await after.stop()
  })
})

const influxd1 = needs('influxd')

describe.skipIf(!influxd1.there)(`the InfluxDB store${influxd1.why}`, () => {
  let influxd: Influxd
  let count = 0
  beforeAll(async () => {
    influxd = await startInfluxd()
  })
  afterAll(() => influxd.remove())

  storeContract(() => openInfluxStore({ url: influxd.url, database: `contract_${(count += 1)}` }))

  it('takes a name of its database that needs quotes', async () => {
    const store = openInfluxStore({ url: influxd.url, database: 'odd name, é=1; x' })
    await store.sink.write([summaryItem(aSummary({}))])
    expect(await store.wearers()).toHaveLength(1)
    await store.stop()
  })

  it('rejects while the server is down, and writes once it is back', async () => {
    const store = openInfluxStore({ url: influxd.url, database: 'outage' })
    await store.sink.write([summaryItem(aSummary({ at: second(1) }))])
    await influxd.kill()
    await expect(store.sink.write([summaryItem(aSummary({ at: second(2) }))])).rejects.toThrow(influxd.url)
    await influxd.start()
    await expect
      .poll(
        () =>
          store.sink.write([summaryItem(aSummary({ at: second(2) }))]).then(
            () => 'written',
            () => 'refused',
          ),
        {
          timeout: 20_000,
          interval: 300,
        },
      )
      .toBe('written')
    expect(await store.summaries({ wearer: 'w1', spanSeconds: 1, limit: 10 })).toHaveLength(2)
    await store.stop()
  })

  it('gives each wearer and code one series, however many alarms there are', async () => {
    const store = openInfluxStore({ url: influxd.url, database: 'cardinality' })
    await store.sink.write(Array.from({ length: 300 }, (_, n) => alarmItem(anAlarm({ id: `a${n}`, at: second(n) }))))
    const answer = await fetch(`${influxd.url}/query?db=cardinality&q=${encodeURIComponent('SHOW SERIES')}`)
    const { results } = (await answer.json()) as { results: { series: { values: string[][] }[] }[] }
    expect(results[0]?.series[0]?.values.flat()).toEqual(['alarms,code=ecg-anomaly,device=d1,gateway=g1,wearer=w1'])
    await store.stop()
  })
})

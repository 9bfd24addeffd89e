import { InfluxDB } from 'influx'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RefusedForGood, type Summary } from '../../edge/messages.ts'
import { influxdIsThere, startInfluxd, type Influxd } from '../../test/real/influxd.ts'
import { openInfluxStore } from './influx.ts'

const summary: Summary = {
  schemaVersion: 1,
  gateway: 'gw',
  wearer: 'w-1',
  spanSeconds: 1,
  at: '2026-01-01T00:00:00.000Z',
  means: {},
  assessableSeconds: 1,
  beats: 1,
  anomalousBeats: 0,
}

describe.skipIf(!influxdIsThere)(
  `what InfluxDB will never take${influxdIsThere ? '' : ' (skipped: no influxd)'}`,
  () => {
    let influxd: Influxd
    beforeAll(async () => {
      influxd = await startInfluxd()
    })
    afterAll(() => influxd?.remove())

    it('is told apart from what it does not take now', async () => {
      const raw = new InfluxDB({ host: '127.0.0.1', port: influxd.port, database: 'ward' })
      await raw.createDatabase('ward')
      await raw.writePoints([
        {
          measurement: 'summary_1s',
          tags: { gateway: 'gw', wearer: 'w-1' },
          fields: { beats: 'text' },
          timestamp: new Date(summary.at),
        },
      ])
      const store = openInfluxStore({ url: influxd.url, database: 'ward', timeoutMs: 3000 })
      await expect(store.sink.write([{ kind: 'summary', summary }])).rejects.toThrow(RefusedForGood)
      await influxd.stop()
      const down = await store.sink.write([{ kind: 'summary', summary }]).catch((error: unknown) => error)
      expect(down).toBeInstanceOf(Error)
      expect(down).not.toBeInstanceOf(RefusedForGood)
      await store.stop()
    })
  },
)

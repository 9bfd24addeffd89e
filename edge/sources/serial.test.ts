import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { loadBundle, type Bundle } from '../../models/bundle.ts'
import { shippedBundle } from '../../models/shippedBundle.ts'
import { gatewaySchema } from '../config.ts'
import { checkConfig } from '../configFile.ts'
import type { SourceState } from '../flow.ts'
import { GatewayHealth } from '../health.ts'
import { createPipeline } from '../pipeline.ts'
import { AssignmentBook } from '../stages/wearers.ts'
import { openDatabase } from '../state/database.ts'
import { Journal } from '../state/journal.ts'

const schema = gatewaySchema({ http: z.unknown(), store: z.unknown(), decoders: ['frame', 'json'] })
const load = (port: object) =>
  checkConfig(
    'gateway.yaml',
    {
      schemaVersion: 1,
      gateway: 'g',
      mqtt: { url: 'mqtt://127.0.0.1' },
      sources: { serial: [{ name: 'bedside', device: 'd-1', ...port }] },
      store: {},
      http: {},
    },
    schema,
  ).sources.serial[0]

describe('the configuration of a serial source', () => {
  it('is 8N1, locked and opened again after half a minute of silence, unless said otherwise', () => {
    expect(load({ path: '/dev/a' })).toEqual({
      name: 'bedside',
      device: 'd-1',
      path: '/dev/a',
      decoder: 'frame',
      baudRate: 115_200,
      dataBits: 8,
      parity: 'none',
      stopBits: 1,
      lock: true,
      reopenAfterSeconds: 30,
    })
    const contec = { baudRate: 19_200, parity: 'odd', lock: false, reopenAfterSeconds: 0 }
    expect(load({ port: { vendorId: '10C4', serialNumber: '0001' }, ...contec })).toMatchObject(contec)
  })

  it.each([
    [{}, 'sources.serial[0]: expected either path or port, received an object'],
    [{ path: '/dev/a', port: { vendorId: '0403' } }, 'sources.serial[0]: expected either path or port'],
    [{ port: {} }, 'sources.serial[0].port: expected at least one of serialNumber, vendorId'],
    [{ port: { vendorId: '403' } }, 'port.vendorId: expected four hexadecimal digits in quotes, such as "0403"'],
    [{ port: { vendorId: 403 } }, 'sources.serial[0].port.vendorId: expected string, received 403'],
    [{ port: { vendor: '0403' } }, 'sources.serial[0].port: expected no other keys, received "vendor"'],
    [{ path: '/dev/a', parity: 'mark' }, 'parity: expected "none" or "even" or "odd", received "mark"'],
    [{ path: '/dev/a', dataBits: 9 }, 'sources.serial[0].dataBits: expected 5 or 6 or 7 or 8, received 9'],
    [{ path: '/dev/a', stopBits: 1.5 }, 'sources.serial[0].stopBits: expected 1 or 2, received 1.5'],
    [{ path: '/dev/a', reopenAfterSeconds: -1 }, 'reopenAfterSeconds: expected >= 0, received -1'],
  ])('says what is wrong: %j', (port, message) => {
    expect(() => load(port)).toThrow(message)
  })
})

describe('health', () => {
  let bundle: Bundle
  beforeAll(async () => {
    bundle = await loadBundle(shippedBundle('ecg-beat'))
  })

  it('shows how a line stands, how long it was blind, and what it counts', () => {
    const book = new AssignmentBook([])
    const limits = { heartRatePerMinute: 130, spo2Percent: 88, silenceSeconds: 10 }
    const { knows } = createPipeline({ gateway: 'g', bundle, book, limits, keepsNothing: new Set(), now: () => 0 })
    const journal = new Journal(openDatabase(':memory:'))
    const health = new GatewayHealth({
      gateway: 'g',
      bundle,
      book,
      knows,
      journal,
      forwarders: [],
      busConnected: () => true,
      people: () => 0,
      alarmSettings: {},
      evidence: () => ({}),
    })
    const see = (state: Omit<SourceState, 'kind' | 'source'>) =>
      health.see({ kind: 'source', source: 'bedside', ...state })
    const counts = { bytes: 10, reopened: 0, blindMicros: 0, droppedBytes: 0 }
    see({ connected: false, detail: 'unplugged', counts })
    expect(health.report()).toMatchObject({
      status: 'degraded',
      sources: { bedside: { connected: false, detail: 'unplugged', bytes: 10, reopened: 0 } },
    })
    see({ connected: true, blindMicros: 2_500_000, counts: { ...counts, reopened: 1, blindMicros: 2_500_000 } })
    see({ connected: true, counts: { bytes: 99, reopened: 1, blindMicros: 2_500_000, droppedBytes: 7 } })
    const { status, sources } = health.report()
    expect(status).toBe('ok')
    expect(sources['bedside']).toEqual({
      connected: true,
      since: expect.any(String) as string,
      lastBlind: { until: expect.any(String) as string, seconds: 2.5 },
      bytes: 99,
      reopened: 1,
      blindSeconds: 2.5,
      droppedBytes: 7,
    })
  })
})

import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Aedes } from 'aedes'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseAnnotations } from './recordings/wfdb/annotations.ts'
import { parseScenario } from './scenario.ts'
import { runSimulation } from './simulate.ts'
import type { SimulationOptions } from './simulate.ts'
import { openWire } from './wire/openWire.ts'

const text = `
wearers:
  - wearer: w-1
    device: d-1
    events:
      - { kind: tachycardia, at: 10s, for: 20s, every: 40s, expect: { code: heart-rate-high-at-rest, within: 30s } }
      - { kind: lead-off, at: 20s, for: 5s, forbid: physiological }
    transport:
      - { kind: reboot, at: 30s, for: 2s, expect: { code: device-restarted, within: 10s } }
      - { kind: loss, probability: 0.05 }
      - { kind: duplicate, probability: 0.05 }
      - { kind: reorder, probability: 0.1, distance: 8 }
      - { kind: bit-flips, perByte: 0.00005 }
  - wearer: w-2
    device: d-2
    acknowledge: [{ code: spo2-low, at: 15s }]
    transport:
      - { kind: clock-drift, ppm: 400 }
      - { kind: disconnect, at: 20s, for: 20s, keeps: true, expect: { code: device-silent, within: 1m } }
      - { kind: jitter, upTo: 700ms }`
const scenario = parseScenario('test.yaml', text)
const run: SimulationOptions = { speed: 'max', seed: 3, startEpochMicros: Date.UTC(2026, 0, 1) * 1000, seconds: 60 }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vital-edge-simulate-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function intoFile(name: string, options: Partial<SimulationOptions> = {}) {
  const wire = await openWire(`file:${join(folder, name)}`)
  const simulated = await runSimulation(scenario, wire, { ...run, ...options })
  await wire.close('confirmed')
  return { simulated, bytes: await readFile(join(folder, name)) }
}

describe('the same seed', () => {
  const received: { topic: string; payload: Buffer }[] = []
  let broker: Aedes
  const server = createServer()
  beforeAll(async () => {
    broker = await Aedes.createBroker()
    server.on('connection', broker.handle)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    broker.on('publish', ({ topic, payload }, client) => {
      if (client) received.push({ topic, payload: payload as Buffer })
    })
  })
  afterAll(async () => {
    await new Promise<void>((resolve) => broker.close(resolve))
    await new Promise((resolve) => server.close(resolve))
  })

  async function overMqtt(options: Partial<SimulationOptions>) {
    received.length = 0
    const wire = await openWire(`mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`)
    await runSimulation(scenario, wire, { ...run, ...options })
    await wire.close('confirmed')
    return [...received]
  }

  test('gives the same bytes in a file, at full speed, at 1000 times life and over again, with faults on the way', async () => {
    const { bytes } = await intoFile('a')
    expect((await intoFile('b')).bytes.equals(bytes)).toBe(true)
    expect((await intoFile('c', { speed: 1000 })).bytes.equals(bytes)).toBe(true)
    expect((await intoFile('d', { seed: 4 })).bytes.equals(bytes)).toBe(false)
  })

  test.each(['frame', 'json'] as const)('gives the same messages over MQTT as %s, whatever the speed', async (as) => {
    const atFullSpeed = await overMqtt({ as })
    expect(atFullSpeed.length).toBeGreaterThan(100)
    expect(await overMqtt({ as, speed: 1000 })).toEqual(atFullSpeed)
    // One device after the other, a file holds the very same bytes.
    const { bytes } = await intoFile('e', { as })
    expect(Buffer.concat(atFullSpeed.map(({ payload }) => payload)).equals(bytes)).toBe(true)
  })
})

test('the truth names wearers, boots, events with what is expected, and what the faults have done', async () => {
  const path = join(folder, 'truth.jsonl')
  const { simulated } = await intoFile('f', { truth: path, annotations: folder })
  const lines = (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown> & { kind: string })
  const of = (kind: string, device?: string) =>
    lines.filter((line) => line.kind === kind && (device === undefined || line['device'] === device))
  expect(of('run')).toMatchObject([{ seed: 3, start: '2026-01-01T00:00:00.000Z', seconds: 60 }])
  const [first, second] = simulated.devices
  const boots = of('device', 'd-1')[0]?.['boots'] as { bootId: number; time: string }[]
  expect(boots).toMatchObject([{ bootId: first?.bootId }, { time: '2026-01-01T00:00:32.000Z' }])
  const expected = [{ codes: ['heart-rate-high-at-rest'], withinSeconds: 30, since: 'begin' }]
  expect(of('event')).toMatchObject([
    // It ends while the device is down: at tick 0 of the next boot.
    { code: 'tachycardia', wearer: 'w-1', bootId: first?.bootId, from: 10e6, until: 0, untilBootId: boots[1]?.bootId },
    // It would go on beyond the run's end, 28 s after that boot.
    { bootId: boots[1]?.bootId, from: 18e6, until: 28e6, fromTime: '2026-01-01T00:00:50.000Z', expect: expected },
  ])
  expect(of('sensor-fault')).toMatchObject([{ code: 'lead-off', from: 20e6, until: 25e6, forbid: ['physiological'] }])
  expect(of('acknowledge')).toMatchObject([{ wearer: 'w-2', code: 'spo2-low', bootId: second?.bootId, at: 15e6 }])
  expect(of('mark', 'd-1').map(({ code }) => code)).toEqual(expect.arrayContaining(['tachycardia', 'lead-off']))
  expect(of('transport', 'd-1').map(({ code }) => code)).toEqual([
    'reboot',
    'loss',
    'duplicate',
    'reorder',
    'bit-flips',
  ])
  const [drift, disconnected] = of('transport', 'd-2')
  expect(drift).toMatchObject({ code: 'clock-drift', parameters: { ppm: 400 }, until: 60e6 })
  const counts = simulated.faults.find(({ kind }) => kind === 'disconnect')?.counts
  expect(disconnected).toMatchObject({ code: 'disconnect', from: 20e6, until: 40e6, counts })
  expect(counts).toMatchObject({ lost: 0, undelivered: 0 })
  expect(counts?.['kept']).toBe(counts?.['frames'])
  expect(counts?.['kept']).toBeGreaterThan(100)

  const annotations = parseAnnotations('d-1.atr', await readFile(join(folder, 'd-1.atr')))
  const beats = annotations.filter(({ code }) => code === 'N')
  // Beats go on at a heart's pace, faster in the tachycardia, whatever becomes of the device.
  expect(beats.length).toBeGreaterThan(60)
  const between = (from: number, until: number) =>
    beats.filter(({ sample }) => sample >= from * 1000 && sample < until * 1000).length
  expect(between(18, 28)).toBeGreaterThan(between(0, 10) * 1.3)
  expect(annotations.filter(({ code }) => code === '~')).toMatchObject([
    { sample: 20_000, subtype: -1, aux: 'lead-off' },
    { sample: 25_000 },
  ])
})

test('the truth ends with the run: nothing in it lies beyond', async () => {
  const expected = '{ code: device-silent, within: 1m }'
  const linkBack = '{ code: device-silent, within: 1m, since: link-back }'
  const late = parseScenario(
    'late.yaml',
    `
wearers:
  - wearer: w-1
    device: d-1
    events:
      - { kind: lead-off, at: 15s, for: 1m, expect: none }
      - { kind: motion, at: 20s, for: 5s, expect: ${expected} }
      - { kind: fall, at: 25s, for: 5s, expect: ${expected} }
    transport:
      - { kind: disconnect, at: 10s, for: 20s, keeps: true, expect: [${expected}, ${linkBack}], forbid: technical }
      - { kind: disconnect, at: 18s, for: 2s, keeps: true, expect: ${linkBack} }
      - { kind: loss, at: 20s, for: 5s, probability: 0.1, expect: ${expected} }
      - { kind: reboot, at: 40s, expect: ${expected} }
      - { kind: clock-step, at: 1h, by: 5m, expect: ${expected} }`,
  )
  const path = join(folder, 'late.jsonl')
  const wire = await openWire(`file:${join(folder, 'late')}`)
  await runSimulation(late, wire, { ...run, seconds: 20, truth: path })
  await wire.close('confirmed')
  const lines = (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown> & { kind: string })
  const spans = lines.filter((line) => 'from' in line)
  for (const { from, until, untilTime } of spans) {
    expect(from).toBeLessThan(until as number)
    expect(until).toBeLessThanOrEqual(20e6)
    expect(String(untilTime) <= '2026-01-01T00:00:20.000Z').toBe(true)
  }
  expect(spans.filter(({ kind }) => kind !== 'mark').map(({ code, until }) => [code, until])).toEqual([
    ['lead-off', 20e6],
    ['disconnect', 20e6],
    ['disconnect', 20e6],
  ])
  // The link of the first is not back before the end; that of the second is.
  const [first, second] = spans.filter(({ code }) => code === 'disconnect')
  expect(first).toMatchObject({ expect: [{ since: 'begin' }], forbid: ['technical'] })
  expect(first?.['expect']).toHaveLength(1)
  expect(second).toMatchObject({ expect: [{ since: 'link-back' }] })
})

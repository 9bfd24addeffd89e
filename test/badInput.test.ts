import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SerialPort } from 'serialport'
import mqtt from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeFrame } from '../firmware-bridge/frame.ts'
import { startMosquitto, type Mosquitto } from './real/mosquitto.ts'
import { eventually, needs, projectFolder } from './real/programs.ts'
import { startPtyPair, type PtyPair } from './real/ptyPair.ts'
import { RunningProcess, vitalEdge } from './real/vitalEdge.ts'

describe('configuration files', () => {
  const check = async (yaml: string) => {
    const file = join(mkdtempSync(join(tmpdir(), 'vital-edge-')), 'gateway.yaml')
    writeFileSync(file, yaml)
    const { code, stderr } = await vitalEdge('gateway', '--config', file)
    return { code, said: stderr.replaceAll(file, 'FILE').trim() }
  }
  const start = 'schemaVersion: 1\ngateway: g\nmqtt: { url: "mqtt://127.0.0.1:1" }\n'

  it.each([
    ['a wrong key', 'limits: { silenceSecs: 5 }', 'FILE: limits: expected no other keys, received "silenceSecs"'],
    ['a wrong type', 'http: { port: http }', 'FILE: http.port: expected number, received "http"'],
    [
      'a wrong choice',
      'sources: { serial: [{ name: a, path: /dev/x, device: d, decoder: morse }] }',
      'FILE: sources.serial[0].decoder: expected "frame" or',
    ],
    [
      'a filter that is none',
      'sources: { mqtt: [{ name: a, topics: [{ pattern: "a/#/b", decoder: frame }] }] }',
      'sources.mqtt[0].topics[0].pattern: expected a topic filter',
    ],
    [
      'a device id that cannot come out',
      'sources: { mqtt: [{ name: a, topics: [{ pattern: "a/b", decoder: frame }] }] }',
      'sources.mqtt[0].topics[0].device: expected an id',
    ],
    [
      'an address without token',
      'http: { host: 0.0.0.0 }',
      'FILE: http.token: expected a token, as http.host is not a loopback address, received nothing',
    ],
    ['a wrong version', 'schemaVersion: 2', 'schemaVersion'],
  ])('%s is refused with path, what was expected and what came', async (_, line, said) => {
    const ran = await check(line.startsWith('schemaVersion') ? start.replace('schemaVersion: 1', line) : start + line)
    expect(ran.said).toContain(said)
    expect(ran.code).toBe(2)
  })

  it('that does not exist is named', async () => {
    const { code, stderr } = await vitalEdge('check-config', '/nowhere/gateway.yaml')
    expect(stderr).toContain('/nowhere/gateway.yaml: expected a readable YAML file (ENOENT)')
    expect(code).toBe(2)
  })

  it('that is the example is all right', async () => {
    const { code, stdout } = await vitalEdge('check-config', join(projectFolder, 'edge/gateway.example.yaml'))
    expect([code, stdout]).toEqual([0, expect.stringContaining('all right')])
  })
})

const { there, why } = needs('mosquitto', 'socat')

describe.skipIf(!there)(`garbage from devices${why}`, () => {
  let broker: Mosquitto
  let line: PtyPair
  let gateway: RunningProcess

  beforeAll(async () => {
    broker = await startMosquitto()
    line = await startPtyPair()
    gateway = await RunningProcess.start('gateway', (folder) => ({
      gateway: 'garbage',
      dataDirectory: folder,
      mqtt: { url: broker.url },
      assignments: ['by-mqtt', 'by-serial'].map((device) => ({ device, wearer: `w-${device}` })),
      store: { kind: 'embedded', file: join(folder, 'store.db') },
      sources: {
        mqtt: [
          {
            name: 'topics',
            topics: [
              { pattern: 'wearables/+/frame', decoder: 'frame' },
              { pattern: 'wearables/+/json', decoder: 'json' },
            ],
          },
        ],
        serial: [{ name: 'port', path: line.gateway, device: 'by-serial' }],
      },
    }))
  })

  afterAll(async () => {
    await gateway?.remove()
    await line?.stop()
    await broker?.stop()
  })

  const heartRate = (sequence: number, value: number) =>
    encodeFrame({
      kind: 'samples',
      sequence,
      bootId: 1,
      tick: sequence * 1e6,
      signal: 'heartRate',
      rateHz: 1,
      values: Float32Array.of(value),
    })

  it('is counted under its reason, shown in /healthz, and the streams go on', async () => {
    const client = await mqtt.connectAsync(broker.url)
    const port = new SerialPort({ path: line.device, baudRate: 115_200 })
    const noise = Buffer.from(Array.from({ length: 6000 }, (_, i) => (i * 7919 + (i >> 3)) % 256))
    const broken = Buffer.from(heartRate(1, 70))
    broken[12] = (broken[12] ?? 0) ^ 0x40

    await client.publishAsync('wearables/by-mqtt/frame', Buffer.from(heartRate(0, 61)), { qos: 1 })
    await client.publishAsync('wearables/by-mqtt/frame', broken, { qos: 1 })
    await client.publishAsync('wearables/by-mqtt/frame', noise, { qos: 1 })
    await client.publishAsync('wearables/by-mqtt/json', '{"not":"what was agreed"', { qos: 1 })
    await client.publishAsync('wearables/by-mqtt/json', '['.repeat(50_000) + ']'.repeat(50_000), { qos: 1 })
    await client.publishAsync('vital-edge/garbage/request', '['.repeat(4000) + ']'.repeat(4000), { qos: 1 })
    const hostile = { schemaVersion: 1, requestId: 'r', action: 'acknowledge', alarm: 'constructor', by: 'x' }
    await client.publishAsync('vital-edge/garbage/request', JSON.stringify(hostile), { qos: 1 })
    await client.publishAsync('wearables/not a device/frame', Buffer.from(heartRate(0, 61)), { qos: 1 })
    await client.publishAsync('wearables/stranger/frame', Buffer.from(heartRate(0, 61)), { qos: 1 })
    await client.publishAsync('wearables/by-mqtt/frame', Buffer.from(heartRate(2, 62)), { qos: 1 })
    await client.publishAsync('vital-edge/garbage/request', 'not JSON', { qos: 1 })
    for (const bytes of [Buffer.from(heartRate(0, 71)), noise, Buffer.from([0]), broken, Buffer.from(heartRate(2, 72))])
      port.write(bytes)

    const wearers = await eventually('both wearers’ last value is there', async () => {
      const { wearers } = await gateway.get<{ wearers: { id: string; vitals: Record<string, { value: number }> }[] }>(
        '/api/wearers',
      )
      const values = Object.fromEntries(wearers.map(({ id, vitals }) => [id, vitals['heartRate']?.value]))
      return values['w-by-mqtt'] === 62 && values['w-by-serial'] === 72 ? values : undefined
    })
    expect(wearers).not.toHaveProperty('stranger')
    const health = await eventually('the refused are counted', async () => {
      const health = await gateway.health()
      return Object.keys(health.refused).length >= 4 ? health : undefined
    })
    console.log(`refused: ${JSON.stringify(health.refused)}`)
    expect(Object.keys(health.refused)).toEqual(expect.arrayContaining(['bad-value', 'bad-request']))
    expect(health.refused['bad-crc']?.count ?? 0).toBeGreaterThan(0)
    expect(health.devices).toMatchObject({ unassigned: 1, unassignedItems: 1 })
    expect(JSON.stringify(health)).not.toContain('stranger')
    const { devices } = await gateway.get<{ devices: { id: string; wearer?: string }[] }>('/api/devices')
    expect(devices.find(({ id }) => id === 'stranger')).not.toHaveProperty('wearer')
    expect((await gateway.alarms()).filter(({ devices }) => devices.includes('stranger'))).toEqual([])
    await client.endAsync()
    await new Promise((resolve) => port.close(resolve))
  }, 60_000)
})

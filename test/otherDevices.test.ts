import { join } from 'node:path'
import mqtt from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Alarm } from '../edge/messages.ts'
import { startMosquitto, type Mosquitto } from './real/mosquitto.ts'
import { eventually, needs } from './real/programs.ts'
import { RunningProcess } from './real/vitalEdge.ts'

const { there, why } = needs('mosquitto')

const strap = 'A4:C1:38:00:7F:1B'
const probe = 'probe-7'

describe.skipIf(!there)(`what a BLE gateway forwards${why}`, () => {
  let broker: Mosquitto
  let gateway: RunningProcess
  let client: mqtt.MqttClient

  beforeAll(async () => {
    broker = await startMosquitto()
    gateway = await RunningProcess.start('gateway', (folder) => ({
      gateway: 'ble',
      dataDirectory: folder,
      mqtt: { url: broker.url },
      assignments: [
        { device: strap.replaceAll(':', '-'), wearer: 'w-strap' },
        { device: probe, wearer: 'w-probe' },
      ],
      store: { kind: 'embedded', file: join(folder, 'store.db') },
      limits: { silenceSeconds: 60 },
      sources: {
        mqtt: [
          {
            name: 'ble',
            topics: [
              { pattern: 'ble/+/2a37', decoder: 'ble-heart-rate', encoding: 'hex' },
              { pattern: 'ble/+/2a5f', decoder: 'ble-plx-continuous', encoding: 'base64' },
              { pattern: 'ble/+/2a19', decoder: 'ble-battery' },
            ],
          },
        ],
      },
    }))
    client = await mqtt.connectAsync(broker.url)
  })

  afterAll(async () => {
    await client?.endAsync()
    await gateway?.remove()
    await broker?.stop()
  })

  type Wall = { wearers: { id: string; vitals: Record<string, { value: number }> }[] }
  const vitals = async (wearer: string) => {
    const { wearers } = await gateway.get<Wall>('/api/wearers')
    return wearers.find(({ id }) => id === wearer)?.vitals ?? {}
  }
  /** Flags: 8-bit rate, contact supported and (not) there, RR intervals. */
  const heartRate = (perMinute: number, contact: boolean) =>
    Buffer.from([contact ? 0x16 : 0x14, perMinute, 0x00, 0x04]).toString('hex')
  /** No optional field; SFLOATs with exponent 0. */
  const plx = (spo2: number, pulse: number) => Buffer.from([0, spo2, 0, pulse, 0]).toString('base64')
  const alarm = (code: string, wearer: string) =>
    eventually(`${code} of ${wearer}`, async () =>
      (await gateway.alarms()).find((alarm: Alarm) => alarm.code === code && alarm.wearer === wearer),
    )

  it('becomes vitals of the wearer, in hex, base64 and binary', async () => {
    await eventually('the gateway listens', async () => (await gateway.health()).sources['ble']?.connected)
    const last = await eventually('both wearers’ vitals', async () => {
      await client.publishAsync(`ble/${strap}/2a37`, heartRate(64, true), { qos: 1 })
      await client.publishAsync(`ble/${probe}/2a5f`, plx(97, 71), { qos: 1 })
      const [strapSays, probeSays] = [await vitals('w-strap'), await vitals('w-probe')]
      return strapSays['heartRate'] && probeSays['spo2'] ? { strapSays, probeSays } : undefined
    })
    expect(last.strapSays['heartRate']?.value).toBe(64)
    expect(last.strapSays['rrInterval']?.value).toBe(1000)
    expect(last.probeSays['spo2']?.value).toBe(97)
    expect(last.probeSays['heartRate']?.value).toBe(71)
    await client.publishAsync(`ble/${probe}/2a19`, Buffer.from([62]), { qos: 1 })
    await eventually('the battery', async () => {
      const { devices } = await gateway.get<{ devices: { id: string; batteryPercent?: number }[] }>('/api/devices')
      return devices.find(({ id }) => id === probe)?.batteryPercent === 62
    })
  })

  it('is no vital sign where the strap lies on a table and goes on reporting one', async () => {
    const before = (await gateway.health()).counts.samples
    await client.publishAsync(`ble/${strap}/2a37`, heartRate(150, false), { qos: 1 })
    const off = await alarm('lead-off', 'w-strap')
    expect(off).toMatchObject({ type: 'technical', state: 'active-unacknowledged', params: { what: 'off-body' } })
    expect((await vitals('w-strap'))['heartRate']?.value).toBe(64)
    expect((await gateway.health()).counts.samples).toBe(before)
    await client.publishAsync(`ble/${strap}/2a37`, heartRate(66, true), { qos: 1 })
    await eventually('the alarm is over', async () => {
      const now = (await gateway.alarms()).find(({ id }) => id === off.id)
      return now?.state === 'returned-unacknowledged'
    })
  })

  it('raises the alarms that any device raises', async () => {
    const end = Date.now() + 40_000
    let found: Alarm | undefined
    while (found === undefined && Date.now() < end) {
      await client.publishAsync(`ble/${probe}/2a5f`, plx(80, 71), { qos: 1 })
      await new Promise((resolve) => setTimeout(resolve, 1000))
      found = (await gateway.alarms()).find(({ code }) => code === 'spo2-low')
    }
    expect(found).toMatchObject({ wearer: 'w-probe', priority: 'high' })
  }, 60_000)

  it('that the broker kept is no measurement of now', async () => {
    const before = (await gateway.health()).refused['bad-value']?.count ?? 0
    // Retained after the gateway subscribed: it reaches the gateway as retained when that subscribes again.
    await client.publishAsync(`ble/${strap}/2a37`, heartRate(111, true), { qos: 1, retain: true })
    await eventually('the value as it is sent', async () => (await vitals('w-strap'))['heartRate']?.value === 111)
    await client.publishAsync(`ble/${strap}/2a37`, heartRate(67, true), { qos: 1 })
    await eventually('the next', async () => (await vitals('w-strap'))['heartRate']?.value === 67)
    await gateway.end('SIGTERM')
    await gateway.start()
    await eventually('the retained one is refused', async () => {
      const { refused } = await gateway.health()
      return (refused['bad-value']?.count ?? 0) > 0
    })
    expect((await vitals('w-strap'))['heartRate']?.value).not.toBe(111)
    expect(before).toBe(0)
    await client.publishAsync(`ble/${strap}/2a37`, '', { qos: 1, retain: true })
  })

  it('that is not what was configured is counted, with a hint', async () => {
    await client.publishAsync(`ble/${strap}/2a37`, 'not hex', { qos: 1 })
    await client.publishAsync(`ble/${probe}/2a19`, '3e', { qos: 1 })
    await eventually('both are refused', async () => {
      const { refused } = await gateway.health()
      return (refused['bad-value']?.count ?? 0) >= 1 && (refused['bad-length']?.count ?? 0) >= 1
    })
  })
})

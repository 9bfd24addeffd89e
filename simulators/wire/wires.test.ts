import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Aedes } from 'aedes'
import { SerialPort } from 'serialport'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FrameParser } from '../../firmware-bridge/frameParser.ts'
import type { WireRecord } from '../../firmware-bridge/records.ts'
import type { DeviceRecord } from '../sendRecords.ts'
import { sendRecords } from '../sendRecords.ts'
import { mergeDevices } from '../mergeDevices.ts'
import { syntheticDevice } from '../synthetic/syntheticDevice.ts'
import { openWire } from './openWire.ts'
import type { Wire } from './wire.ts'
import { needs } from '../../test/real/programs.ts'

/** Two devices over 20 s; a lead comes off one of them. */
function* deviceRecords(device: string, bootId: number): Generator<DeviceRecord> {
  const events = [{ kind: 'lead-off', atSeconds: 3, durationSeconds: 2 } as const].filter(() => bootId === 2)
  const options = { device, bootId, startEpochMicros: 1e15, seconds: 20, events }
  for (const timed of syntheticDevice(bootId, options)) yield { device, ...timed }
}
const records = (): Iterable<DeviceRecord> => mergeDevices([deviceRecords('d-1', 1), deviceRecords('d-2', 2)])

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vital-edge-wires-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** What identifies a record, and enough of what is in it to see that it arrived whole. */
function brief(record: WireRecord) {
  const { kind, sequence, bootId, tick } = record
  return { kind, sequence, bootId, tick, samples: record.kind === 'samples' ? record.values.length : 0 }
}
const sentBriefs = () => [...records()].map(({ record }) => brief(record))

function decoded(bytes: Uint8Array[]) {
  const parser = new FrameParser()
  return bytes
    .flatMap((chunk) => parser.push(chunk))
    .map((record) => (record.kind === 'fault' ? record : brief(record)))
}

test('a file holds every frame in order', async () => {
  const path = join(folder, 'frames')
  const wire = await openWire(`file:${path}`)
  const sent = await sendRecords(records(), wire, { speed: 'max' })
  await wire.close('confirmed')
  const bytes = await readFile(path)
  expect(bytes.length).toBe(sent.bytes)
  expect(decoded([bytes])).toEqual(sentBriefs())
  expect(sent).toMatchObject({ records: sentBriefs().length, seconds: 20, ended: 'complete' })
})

test('a wire that cannot be opened is named', async () => {
  await expect(openWire(`file:${folder}/none/x`)).rejects.toThrow(
    /file:.*none\/x: expected a writable file, received ENOENT/,
  )
  await expect(openWire(`serial:${folder}/none`)).rejects.toThrow(/serial:.*none/)
  await expect(openWire('mqtt://user:secret@127.0.0.1:1')).rejects.toThrow(
    'mqtt://127.0.0.1:1: expected a broker, received ECONNREFUSED',
  )
  await expect(openWire('http://localhost')).rejects.toThrow('expected mqtt://host[:port], serial:[PATH] or file:PATH')
})

describe('over an MQTT broker', () => {
  let broker: Aedes
  let url: string
  const server = createServer()
  const received = new Map<string, Uint8Array[]>()
  beforeAll(async () => {
    broker = await Aedes.createBroker()
    server.on('connection', broker.handle)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`
    broker.on('publish', ({ topic, payload }, client) => {
      if (client) received.set(topic, [...(received.get(topic) ?? []), payload as Buffer])
    })
  })
  afterAll(async () => {
    await new Promise<void>((resolve) => broker.close(resolve))
    await new Promise((resolve) => server.close(resolve))
  })

  test('frames of a device that are due together are one message on its topic, all there when the wire is closed', async () => {
    received.clear()
    const wire = await openWire(url, { topic: 'ward/{device}/raw', maxInFlight: 5 })
    await sendRecords(records(), wire, { speed: 'max' })
    await wire.close('confirmed')
    for (const device of ['d-1', 'd-2']) {
      const sent = [...records()].filter((record) => record.device === device).map(({ record }) => brief(record))
      const messages = received.get(`ward/${device}/raw`) ?? []
      expect(decoded(messages)).toEqual(sent)
      // One a second, the hello before the first of them, and what happens within a second.
      expect(messages).toHaveLength(21)
    }
    expect(received.size).toBe(2)
  })

  test('an interruption ends the sending and closes the wire', async () => {
    const interruption = new AbortController()
    const wire = await openWire(url, { signal: interruption.signal })
    const sending = sendRecords(records(), wire, { speed: 1, signal: interruption.signal })
    await sleep(50)
    interruption.abort()
    expect(await sending).toMatchObject({ ended: 'interrupted' })
    await wire.close('now')
    expect(broker.connectedClients).toBe(0)
  })

  test('a broker that goes away and comes back gets everything', async () => {
    const seen = new Set<number>()
    const start = async (port: number, onPublish: () => void) => {
      const passing = await Aedes.createBroker()
      // Aedes acknowledges before it delivers, and a broker that closes does not deliver: what counts is what it received.
      passing.authorizePublish = (_client, { payload }, done) => {
        for (const record of new FrameParser().push(payload as Buffer))
          if (record.kind !== 'fault' && 'sequence' in record) seen.add(record.sequence)
        onPublish()
        done(null)
      }
      const sockets = createServer(passing.handle)
      await new Promise<void>((resolve) => sockets.listen(port, '127.0.0.1', resolve))
      const stop = async () => {
        await new Promise<void>((resolve) => passing.close(resolve))
        await new Promise((resolve) => sockets.close(resolve))
      }
      return { port: (sockets.address() as AddressInfo).port, stop }
    }
    let published = 0
    let halfWay: () => void = () => undefined
    const reached = new Promise<void>((resolve) => (halfWay = resolve))
    const first = await start(0, () => {
      if (++published === 10) halfWay()
    })
    const wire = await openWire(`mqtt://127.0.0.1:${first.port}`, { maxInFlight: 3 })
    const own = [...records()].filter(({ device }) => device === 'd-1')
    const sending = sendRecords(own, wire, { speed: 'max' })
    await reached
    await first.stop()
    const second = await start(first.port, () => undefined)
    expect(await sending).toMatchObject({ records: own.length, ended: 'complete' })
    await wire.close('confirmed')
    expect([...seen].toSorted((a, b) => a - b)).toEqual(own.map((_, i) => i))
    await second.stop()
  })

  test('a broker that stops acknowledging holds the sender back, until it is interrupted', async () => {
    const silent = await Aedes.createBroker()
    // Publications are never passed on, so never acknowledged.
    silent.authorizePublish = () => undefined
    const silentServer = createServer(silent.handle)
    await new Promise<void>((resolve) => silentServer.listen(0, '127.0.0.1', resolve))
    const interruption = new AbortController()
    const wire = await openWire(`mqtt://127.0.0.1:${(silentServer.address() as AddressInfo).port}`, {
      maxInFlight: 7,
      signal: interruption.signal,
    })
    let sent = 0
    const counting: Wire = {
      send: async (device, message) => {
        await wire.send(device, message)
        sent++
      },
      close: (how) => wire.close(how),
    }
    const sending = sendRecords(records(), counting, { speed: 'max', signal: interruption.signal })
    while (sent < 7) await sleep(10)
    await sleep(100)
    expect(sent).toBe(7)
    interruption.abort()
    expect(await sending).toMatchObject({ messages: 7, ended: 'interrupted' })
    await wire.close('now')
    await new Promise<void>((resolve) => silent.close(resolve))
    await new Promise((resolve) => silentServer.close(resolve))
  })
})

test('without socat a serial line needs a path, and the error says so', async () => {
  const path = process.env['PATH']
  process.env['PATH'] = folder
  try {
    await expect(openWire('serial:')).rejects.toThrow(
      'serial:: expected socat to make a pair of pseudo terminals, received no such program; or give a path',
    )
  } finally {
    process.env['PATH'] = path
  }
})

const socat = needs('socat')
describe.skipIf(!socat.there)(`over a pair of pseudo terminals${socat.why}`, () => {
  test('every frame arrives in order', async () => {
    const ends = [join(folder, 'device'), join(folder, 'gateway')] as const
    const pair = spawn(
      'socat',
      ends.map((end) => `PTY,raw,echo=0,link=${end}`),
    )
    try {
      while (!ends.every((end) => existsSync(end))) await sleep(20)
      const port = new SerialPort({ path: ends[1], baudRate: 115_200 })
      const chunks: Uint8Array[] = []
      let bytes = 0
      port.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        bytes += chunk.length
      })
      const wire = await openWire(`serial:${ends[0]}`)
      const sent = await sendRecords(records(), wire, { speed: 'max' })
      await wire.close('confirmed')
      while (bytes < sent.bytes) await sleep(20)
      expect(decoded(chunks)).toEqual(sentBriefs())
      await new Promise<void>((resolve) => port.close(() => resolve()))
    } finally {
      pair.kill()
    }
  })

  test('a wire without a path makes the pair itself and says where to read', async () => {
    const wire = await openWire('serial:')
    const end = wire.farEnd ?? ''
    const port = new SerialPort({ path: end, baudRate: 115_200 })
    const chunks: Uint8Array[] = []
    port.on('data', (chunk: Buffer) => chunks.push(chunk))
    await sendRecords(records(), wire, { speed: 'max' })
    await wire.close('confirmed')
    expect(decoded(chunks)).toEqual(sentBriefs())
    expect(existsSync(end)).toBe(false)
    if (port.isOpen) await new Promise<void>((resolve) => port.close(() => resolve()))
  })
})

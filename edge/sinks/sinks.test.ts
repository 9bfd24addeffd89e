import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, describe, expect, it } from 'vitest'
import { RefusedForGood, schemaVersion, type Alarm, type Sink, type Stored } from '../messages.ts'
import { openSinks } from './openSinks.ts'
import { sinksSchema } from './sinkSchema.ts'

const folder = mkdtempSync(join(tmpdir(), 'vital-edge-sinks-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const alarm = (id: string, revision = 1): Extract<Stored, { kind: 'alarm' }> => ({
  kind: 'alarm',
  alarm: {
    schemaVersion,
    id,
    gateway: 'gw',
    wearer: 'w-1',
    devices: ['d-1'],
    type: 'physiological',
    code: 'no-beats',
    params: { seconds: 4 },
    priority: 'high',
    state: 'active-unacknowledged',
    at: '2026-01-01T00:00:00.000Z',
    text: 'No heartbeat for 4 s',
    revision,
  },
})
const open = (config: object): Sink => openSinks(sinksSchema.parse([{ name: 'n', ...config }]))[0]!

/** A server that answers as it is told; gives what it was sent. */
async function server(answers: () => { status: number; headers?: Record<string, string> }) {
  const received: { headers: IncomingMessage['headers']; body: string }[] = []
  const http = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ headers: request.headers, body })
      const { status, headers } = answers()
      response.writeHead(status, headers).end()
    })
  }).listen(0, '127.0.0.1')
  await once(http, 'listening')
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/alarms?token=secret`
  return { url, received, close: () => http.close() }
}

/** A program that keeps its input and ends as the file beside it says. */
function program(name: string): { command: string[]; taken: () => string[]; ends: (code: string) => void } {
  const path = join(folder, name)
  writeFileSync(path, `#!/bin/sh\ncat >> ${path}.taken; echo >> ${path}.taken; . ${path}.end\n`)
  chmodSync(path, 0o755)
  const ends = (how: string) => writeFileSync(`${path}.end`, `${how}\n`)
  ends('exit 0')
  const taken = () =>
    existsSync(`${path}.taken`) ? readFileSync(`${path}.taken`, 'utf8').split('\n').filter(Boolean) : []
  return { command: [path], taken, ends }
}

/** Each destination with a real counterpart: what it has taken, and a way to make it fail and work again. */
const destinations = {
  async webhook() {
    let status = 204
    const { url, received, close } = await server(() => ({ status }))
    return {
      sink: open({ kind: 'webhook', url }),
      taken: () => received.map(({ body }) => JSON.parse(body) as Alarm),
      fail: () => (status = 503),
      mend: () => (status = 204),
      close,
    }
  },
  command() {
    const { command, taken, ends } = program('alarm.sh')
    return {
      sink: open({ kind: 'command', command }),
      taken: () => taken().map((line) => JSON.parse(line) as Alarm),
      fail: () => ends('echo no bell >&2; exit 3'),
      mend: () => ends('exit 0'),
      close: () => undefined,
    }
  },
  file() {
    const path = join(folder, 'deep', 'archive.jsonl')
    return {
      sink: open({ kind: 'file', path }),
      taken: () =>
        readFileSync(path, 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => (JSON.parse(line) as { alarm: Alarm }).alarm),
      fail: () => undefined,
      mend: () => undefined,
      close: () => undefined,
    }
  },
}

describe.each(Object.keys(destinations) as (keyof typeof destinations)[])('%s', (kind) => {
  it('has taken whole and in order what it confirmed, and a second time makes no other', async () => {
    const { sink, taken, close } = await destinations[kind]()
    await sink.write([alarm('a'), alarm('b')])
    await sink.write([alarm('b', 2)])
    await sink.write([alarm('b', 2)])
    const ids = taken().map(({ id, revision }) => `${id}:${revision}`)
    expect([...new Set(ids)]).toEqual(['a:1', 'b:1', 'b:2'])
    expect(taken()[0]).toEqual(alarm('a').alarm)
    await sink.stop()
    close()
  })

  // A file that cannot be written is below.
  if (kind === 'file') return
  it('confirms nothing that was not taken, and takes it afterwards', async () => {
    const { sink, taken, fail, mend, close } = await destinations[kind]()
    fail()
    await expect(sink.write([alarm('c')])).rejects.toThrow()
    mend()
    const before = taken().length
    await sink.write([alarm('c')])
    expect(taken().length).toBe(before + 1)
    await sink.stop()
    close()
  })
})

describe('webhook', () => {
  it('signs the body, names id and revision, and follows nobody to another address', async () => {
    let status = 200
    const { url, received, close } = await server(() => ({ status, headers: { location: 'http://127.0.0.1:1/' } }))
    const secret = 'a secret of some length'
    const sink = open({ kind: 'webhook', url, secret, headers: { authorization: 'Bearer x' } })
    await sink.write([alarm('a', 7)])
    const { headers, body } = received[0]!
    expect(headers).toMatchObject({
      'idempotency-key': 'a:7',
      authorization: 'Bearer x',
      'x-vital-edge-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    })
    status = 302
    await expect(sink.write([alarm('b')])).rejects.toThrow('answered 302')
    close()
  })

  it('gives up what the server will never take, tries again what it may, and waits when it is asked to', async () => {
    let answer: { status: number; headers?: Record<string, string> } = { status: 400 }
    const { url, received, close } = await server(() => answer)
    const sink = open({ kind: 'webhook', url })
    await expect(sink.write([alarm('a')])).rejects.toBeInstanceOf(RefusedForGood)
    for (const status of [408, 500, 503]) {
      answer = { status }
      const failed = await sink.write([alarm('a')]).catch((error: unknown) => error)
      expect(failed).not.toBeInstanceOf(RefusedForGood)
      // What is said must not hold what the address may hide.
      expect(String(failed)).not.toContain('secret')
    }
    answer = { status: 429, headers: { 'retry-after': '100' } }
    await expect(sink.write([alarm('a')])).rejects.toThrow('429')
    const asked = received.length
    await expect(sink.write([alarm('a')])).rejects.toThrow('asked to wait')
    expect(received.length).toBe(asked)
    close()
  })
})

describe('command', () => {
  it('says which program failed, how, and what it said', async () => {
    const { command, ends } = program('broken.sh')
    ends('echo no bell >&2; exit 3')
    await expect(open({ kind: 'command', command }).write([alarm('a')])).rejects.toThrow(
      /expected exit code 0, received 3: no bell/,
    )
    await expect(open({ kind: 'command', command: [join(folder, 'nothing')] }).write([alarm('a')])).rejects.toThrow(
      /ENOENT/,
    )
  })

  it('ends a program that takes too long, with all that it started', async () => {
    const { command, ends } = program('slow.sh')
    const late = join(folder, 'late')
    ends(`(sleep 1; touch ${late}) & sleep 30`)
    await expect(open({ kind: 'command', command, timeoutSeconds: 0.2 }).write([alarm('a')])).rejects.toThrow(
      /within 0.2 s/,
    )
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(existsSync(late)).toBe(false)
  })
})

describe('file', () => {
  it('cuts off a line that a crash has torn, and keeps the others', async () => {
    const path = join(folder, 'torn.jsonl')
    const sink = open({ kind: 'file', path })
    await sink.write([alarm('a')])
    await sink.stop()
    appendFileSync(path, '{"kind":"alarm","ala')
    await open({ kind: 'file', path }).write([alarm('b')])
    const lines = readFileSync(path, 'utf8').trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { alarm: Alarm }).alarm.id)).toEqual(['a', 'b'])
  })

  it('sets a full file aside and keeps as many as it should', async () => {
    const path = join(folder, 'full.jsonl')
    const sink = open({ kind: 'file', path, maxBytes: 1000, keep: 2 })
    for (let i = 0; i < 20; i += 1) await sink.write([alarm(`a-${i}`)])
    expect([1, 2, 3].map((n) => existsSync(`${path}.${n}`))).toEqual([true, true, false])
    expect(readFileSync(path, 'utf8')).toContain('a-19')
  })

  it('says where it cannot write', async () => {
    writeFileSync(join(folder, 'plain'), '')
    await expect(open({ kind: 'file', path: join(folder, 'plain', 'x.jsonl') }).write([alarm('a')])).rejects.toThrow(
      /plain/,
    )
  })
})

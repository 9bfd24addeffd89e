import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { registerCloudCommands } from './cli.ts'
import { httpSchema } from './config.ts'
import { Live } from './live.ts'
import { hashOf } from './roles.ts'
import { startCloud } from './server.ts'
import type { Cloud } from './server.ts'
import { openEmbeddedStore } from './store/embedded.ts'
import type { Store } from './store/store.ts'
import { aStatus } from './testing/samples.ts'
import { startBroker, startStandInGateway } from './testing/standInGateway.ts'

const token = 'correct-horse-battery-staple'

describe('the commands of the cloud', () => {
  let broker: Awaited<ReturnType<typeof startBroker>>
  let gateway: Awaited<ReturnType<typeof startStandInGateway>>
  let store: Store
  let cloud: Cloud
  beforeEach(async () => {
    broker = await startBroker()
    gateway = await startStandInGateway(broker.url)
    store = openEmbeddedStore(':memory:')
    const live = new Live({ url: broker.url, base: 'vital-edge' })
    cloud = await startCloud({ store, live, http: httpSchema.parse({ port: 0, token }) })
    await gateway.status(aStatus({}))
    await expect.poll(() => live.gateways.size * live.statuses.size).toBe(1)
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    process.exitCode = 0
    await cloud.stop()
    await store.stop()
    await gateway.stop()
    await broker.stop()
  })

  /** Runs the program with arguments and gives what it wrote and its exit code. */
  async function run(...args: string[]) {
    let out = ''
    let errors = ''
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true))
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((errors += String(text)), true))
    const program = new Command().exitOverride()
    registerCloudCommands(program)
    process.exitCode = 0
    await program.parseAsync(args, { from: 'user' })
    vi.restoreAllMocks()
    return { out, errors, code: process.exitCode }
  }

  const server = () => ['--url', cloud.url, '--token', token]

  it('makes a token of which the configuration takes the hash', async () => {
    const { out, code } = await run('token', 'ward-7', '--role', 'responder', '--json')
    const { token: made, ...rest } = JSON.parse(out) as { token: string; name: string; role: string; hash: string }
    expect([code, rest.name, rest.role, rest.hash]).toEqual([0, 'ward-7', 'responder', hashOf(made)])
    expect(httpSchema.parse({ tokens: [rest] }).tokens).toEqual([rest])
    const people = await run('token', 'ward-7', '--role', 'viewer')
    const [, shown = '', hash] = /once: (\S+)[^]*hash: (\S+)/.exec(people.out) ?? []
    expect(hash).toBe(hashOf(shown))
    await expect(run('token', 'ward 7', '--role', 'viewer')).rejects.toThrow()
    await expect(run('token', 'w', '--role', 'king')).rejects.toThrow()
  })

  it('lists wearers for people and for programs', async () => {
    const people = await run('wearers', 'ls', ...server())
    expect(people).toMatchObject({ code: 0, errors: '' })
    expect(people.out).toMatch(
      /^WEARER +DEVICES +COVERAGE +WATCHING\nw1 +d1 +98\.0 % +since 2026-01-01T00:00:00\.000Z\n$/,
    )
    const { out } = await run('wearers', 'ls', '--json', ...server())
    expect(JSON.parse(out)).toMatchObject({ wearers: [{ id: 'w1' }] })
  })

  it('assigns a device, lists it, and releases it', async () => {
    const assigned = await run('wearers', 'assign', 'd-g1', 'w2', '--from', '2026-01-31T08:00:00Z', ...server())
    expect(assigned).toMatchObject({ code: 0, errors: '' })
    expect(assigned.out).toContain('2026-01-31T08:00:00.000Z')
    expect((await run('devices', 'ls', ...server())).out).toContain('d-g1')
    expect((await run('wearers', 'release', 'd-g1', ...server())).code).toBe(0)
    expect(gateway.requests.map(({ action }) => action)).toEqual(['assign', 'list-devices', 'release'])
  })

  it('fails with 1 and the reason where the server refuses or is not there', async () => {
    expect(await run('wearers', 'ls', '--url', cloud.url, '--token', 'wrong')).toMatchObject({ code: 1, out: '' })
    const away = await run('devices', 'ls', '--url', 'http://127.0.0.1:1')
    expect(away).toMatchObject({ code: 1, errors: expect.stringContaining('--url: expected a running') as string })
  })

  it('ends with 2 on wrong use, naming what is wrong', async () => {
    expect(await run('wearers', 'assign', 'd 1', 'w1', ...server())).toMatchObject({
      code: 2,
      errors: expect.stringContaining('device: ') as string,
    })
    expect((await run('wearers', 'assign', 'd1', '', ...server())).errors).toMatch(
      /^wearer: expected 1 to 64 letters.*, received ""\n$/,
    )
    expect(await run('cloud', '--config', 'nowhere.yaml')).toMatchObject({ code: 2 })
    const folder = mkdtempSync(join(tmpdir(), 'vital-edge-config-'))
    const file = join(folder, 'cloud.yaml')
    writeFileSync(
      file,
      'schemaVersion: 1\nhttp: { port: x }\nmqtt: { url: "mqtt://a" }\nstore: { kind: embedded, file: a }\n',
    )
    const refused = await run('cloud', '--config', file)
    rmSync(folder, { recursive: true })
    expect(refused).toMatchObject({ code: 2, out: '' })
    expect(refused.errors).toMatch(/http\.port: expected number, received "x"/)
  })
})

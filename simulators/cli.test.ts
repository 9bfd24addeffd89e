import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { FrameParser } from '../firmware-bridge/frameParser.ts'
import { registerSimulatorCommands } from './cli.ts'
import type { Sent } from './sendMessages.ts'
import { recording as recordingPath, withRecordings } from '../test/real/programs.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vital-edge-cli-'))
})
afterAll(() => rm(folder, { recursive: true }))
afterEach(() => {
  process.exitCode = undefined
  vi.restoreAllMocks()
})

/** Runs a command line in this process; what it printed, and the exit code it asked for. */
async function run(...words: string[]): Promise<{ out: string; err: string; code: number | undefined }> {
  let out = ''
  let err = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true))
  const program = new Command('vital-edge').exitOverride()
  program.configureOutput({ writeOut: (text) => (out += text), writeErr: (text) => (err += text) })
  registerSimulatorCommands(program, (line) => (out += line))
  let code: number | undefined
  try {
    await program.parseAsync(words, { from: 'user' })
    code = process.exitCode === undefined ? 0 : Number(process.exitCode)
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    code = error.exitCode
  }
  vi.restoreAllMocks()
  process.exitCode = undefined
  return { out, err, code }
}

const simulateTo = (path: string, ...more: string[]) =>
  run('simulate', 'demo', '--to', `file:${path}`, '--for', '30', ...more, '--json')

describe('simulate', () => {
  test('gives the same bytes for the same seed at any speed, and other bytes for another seed', async () => {
    const paths = ['a', 'b', 'c'].map((name) => join(folder, name))
    const [a = '', b = '', c = ''] = paths
    const summary = JSON.parse((await simulateTo(a, '--speed', 'max')).out) as Record<string, unknown>
    await simulateTo(b, '--speed', '300')
    await simulateTo(c, '--speed', 'max', '--seed', '21')
    const [bytesA, bytesB, bytesC] = await Promise.all(paths.map((path) => readFile(path)))
    expect(bytesA?.equals(bytesB ?? Buffer.alloc(0))).toBe(true)
    expect(bytesA?.equals(bytesC ?? Buffer.alloc(0))).toBe(false)
    expect(summary).toMatchObject({ seconds: 30, bytes: bytesA?.length, ended: 'complete', seed: 20 })
    const records = new FrameParser().push(bytesA ?? new Uint8Array())
    expect(records).toHaveLength(summary['records'] as number)
    expect(records.filter(({ kind }) => kind === 'fault')).toEqual([])
  })

  test('ends cleanly when it is interrupted, and says so', async () => {
    const running = run('simulate', 'demo', '--to', `file:${join(folder, 'd')}`, '--for', '3600', '--json')
    while (process.listenerCount('SIGTERM') === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    process.emit('SIGTERM')
    const { out, code } = await running
    expect(JSON.parse(out)).toMatchObject({ ended: 'interrupted' })
    expect(code).toBe(0)
    expect(process.listenerCount('SIGTERM')).toBe(0)
  })

  test('into a file or at full speed needs an end', async () => {
    expect(await run('simulate', 'demo', '--to', `file:${join(folder, 'e')}`)).toMatchObject({ code: 2 })
    expect(await run('simulate', 'demo', '--to', 'mqtt://127.0.0.1', '--speed', 'max')).toMatchObject({ code: 2 })
  })

  test('lists the scenarios that come with the program', async () => {
    const { out, code } = await run('simulate', '--list')
    expect(out).toMatch(/^off-body +The watch lies on a table/m)
    expect(code).toBe(0)
  })

  test('sends a fleet, and a fleet from a file made beforehand', async () => {
    const [prepared, fleet] = [join(folder, 'prepared'), join(folder, 'fleet')]
    const to = (path: string) => ['--to', `file:${path}`, '--speed', 'max', '--json']
    await run('simulate', 'fleet', '--wearers', '1', '--for', '5', ...to(prepared))
    const { out } = await run('simulate', 'fleet', '--wearers', '4', '--for', '12', '--from', prepared, ...to(fleet))
    const one = JSON.parse((await run('simulate', 'fleet', '--wearers', '1', '--for', '12', ...to(fleet))).out) as Sent
    expect(JSON.parse(out)).toMatchObject({ wearers: 4, samples: 4 * one.samples, ended: 'complete' })
  })

  test.each([
    [['fleet'], '--wearers: needed'],
    [['demo', '--wearers', '3'], 'expected with "fleet", received "demo"'],
    [['fleet', '--wearers', '0'], 'expected a whole number from 1'],
    [['fleet', '--wearers', '2', '--from', 'x', '--as', 'json'], '--from: expected --as frame'],
    [['fleet', '--wearers', '2', '--truth', 'x'], 'expected with a scenario'],
    [[], 'expected a scenario; --list'],
  ])('refuses %j and says what it expected', async (words, said) => {
    const { err, code } = await run('simulate', ...words, '--to', `file:${join(folder, 'never')}`, '--for', '1')
    expect(err).toContain(said)
    expect(code).not.toBe(0)
  })

  test('says what is wrong with a scenario that is not there', async () => {
    const { err, code } = await run(
      'simulate',
      `${folder}/none.yaml`,
      '--to',
      `file:${join(folder, 'f')}`,
      '--for',
      '1',
    )
    expect(err).toMatch(/none\.yaml: expected a readable file, received ENOENT/)
    expect(code).toBe(2)
  })
})

test.each([
  ['--speed', '0'],
  ['--speed', '20000'],
  ['--to', 'http://x'],
  ['--to', 'file:'],
  ['--device', 'a/b'],
  ['--boot-id', '-1'],
  ['--start', 'yesterday'],
  ['--start', '2026-01-01T00:00:00'],
  ['--topic', 'wearables/#'],
  ['--limit', '0'],
  ['--signals', 'MLII=brain'],
])('replay refuses %s %s before it opens anything', async (flag, value) => {
  const { err, code } = await run('replay', 'none', '--to', `file:${join(folder, 'g')}`, flag, value)
  expect(err).toContain('expected')
  expect(code).not.toBe(0)
})

test.each(['replay', 'simulate', 'inspect'])('%s --help has an example', async (command) => {
  const { out, code } = await run(command, '--help')
  expect(out).toMatch(new RegExp(`Example:\\s+\\$ vital-edge ${command} `))
  expect(code).toBe(0)
})

test('replay of a recording that is not there fails in one line', async () => {
  const { err, code } = await run('replay', `${folder}/none`, '--to', `file:${join(folder, 'h')}`)
  expect(err).toMatch(/^error: .*none\.hea: header: expected a readable file, received ENOENT\n$/)
  expect(code).toBe(1)
})

describe('replay into a file', () => {
  const record = async (name: string, start: string, ...more: string[]) => {
    await writeFile(join(folder, `${name}.hea`), `${name} 1 4 8${start}\n${name}.dat 16 200/mV 16 0 1 36 0 ECG\n`)
    await writeFile(join(folder, `${name}.dat`), Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8].flatMap((low) => [low, 0])))
    const to = join(folder, `${name}.frames`)
    const { err, code } = await run('replay', join(folder, name), '--to', `file:${to}`, '--speed', 'max', ...more)
    expect({ err, code }).toEqual({ err: '', code: 0 })
    return readFile(to)
  }
  const told = (bytes: Uint8Array) =>
    new FrameParser()
      .push(bytes)
      .flatMap((r) => (r.kind === 'time' ? [new Date(r.epochMicros / 1000).toISOString()] : []))

  test.each([
    ['the start of the recording', 'dated', ' 10:11:12.5 26/10/1994', [], '1994-10-26T10:11:12.500Z'],
    ['that of a scenario where it has none', 'undated', '', [], '2026-01-01T00:00:00.000Z'],
    [
      'that of a scenario where no device can say its own',
      'old',
      ' 10:11:12 26/10/1894',
      [],
      '2026-01-01T00:00:00.000Z',
    ],
    ['--start', 'told', ' 1:2:3 26/10/1994', ['--start', '2020-02-02T00:00:00Z'], '2020-02-02T00:00:00.000Z'],
  ])('gives the same bytes each time: it begins at %s', async (_what, name, start, more, expected) => {
    const first = await record(name, start, ...more)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect((await record(name, start, ...more)).equals(first)).toBe(true)
    expect(told(first)).toEqual([expected])
  })

  test('as JSON is read again by inspect and replay', async () => {
    await record('lines', '', '--as', 'json')
    const path = join(folder, 'lines.frames')
    const found = JSON.parse((await run('inspect', path, '--json')).out) as Record<string, unknown>
    expect(found).toMatchObject({ format: 'vital-edge JSON', channels: [{ name: 'ecg', rateHz: 4, samples: 8 }] })
    const again = join(folder, 'again')
    const { code } = await run('replay', path, '--to', `file:${again}`, '--speed', 'max')
    const values = new FrameParser()
      .push(await readFile(again))
      .flatMap((r) => (r.kind === 'samples' ? [...r.values] : []))
    expect({ code, values }).toEqual({ code: 0, values: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => Math.fround(n / 200)) })
  })
})

const { there, name } = withRecordings('mitdb', 'with a real recording')
describe.skipIf(!there)(name, () => {
  test('inspect prints channels, checksums and annotation counts', async () => {
    const { out } = await run('inspect', recordingPath('mitdb/100'), '--json')
    expect(JSON.parse(out)).toEqual({
      format: 'WFDB',
      name: '100',
      startTime: null,
      durationSeconds: 650_000 / 360,
      channels: [
        { name: 'MLII', unit: 'mV', rateHz: 360, samples: 650_000, signal: 'ecg', checksum: -22_131 },
        { name: 'V5', unit: 'mV', rateHz: 360, samples: 650_000, signal: 'ecg', checksum: 20_052 },
      ],
      annotations: { '+': 1, N: 2239, A: 33, V: 1 },
    })
  })

  test('replay sends it whole, under the same identity each time unless it is to be fresh', async () => {
    const replayTo = async (file: string, ...more: string[]) => {
      const { out, err } = await run(
        'replay',
        recordingPath('mitdb/208'),
        '--to',
        `file:${join(folder, file)}`,
        '--speed',
        'max',
        '--json',
        ...more,
      )
      expect(err).toMatch(/Replaying 208, .* as device 208, boot id \d+\.\nA gateway that has seen this stream/)
      return JSON.parse(out) as { samples: number; records: number; devices: { device: string; bootId: number }[] }
    }
    const first = await replayTo('i')
    expect(first.samples).toBe(650_000)
    expect((await replayTo('j')).devices).toEqual(first.devices)
    expect((await replayTo('k', '--fresh')).devices).not.toEqual(first.devices)
    expect((await replayTo('l', '--boot-id', '0x10')).devices).toEqual([{ device: '208', bootId: 16 }])
    // Over the wire come the very values that the recording holds: 200 units a mV fit the frame's own scale.
    const ecg = new FrameParser()
      .push(await readFile(join(folder, 'i')))
      .flatMap((r) => (r.kind === 'samples' ? [...r.values] : []))
    expect(ecg).toHaveLength(650_000)
    expect(ecg.every((value) => Math.abs(value * 200 - Math.round(value * 200)) < 1e-4)).toBe(true)
  })

  test('replay takes other channels when told to', async () => {
    const { out, err, code } = await run(
      'replay',
      recordingPath('mitdb/208'),
      '--to',
      `file:${join(folder, 'm')}`,
      '--speed',
      'max',
      '--signals',
      'V2=ecg',
    )
    expect({ out, code }).toMatchObject({ code: 1 })
    expect(err).toContain('208: channel: expected one of MLII, V1, received V2')
  })
})

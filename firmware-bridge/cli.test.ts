import { readFileSync } from 'node:fs'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { CaptureWriter } from './capture.ts'
import { registerBridgeCommands } from './cli.ts'
import { runCommand } from './cli/runCommand.testing.ts'
import { encodeFrame } from './frame.ts'
import type { WireRecord } from './records.ts'

const header = { sequence: 1, bootId: 2, tick: 3 }
const heartRate: WireRecord = {
  kind: 'samples',
  ...header,
  signal: 'heartRate',
  rateHz: 1,
  values: Float32Array.of(72.1),
}
const ecg: WireRecord = { kind: 'samples', ...header, signal: 'ecg', rateHz: 250, values: Float32Array.of(0.005, NaN) }
const leadOff: WireRecord = { kind: 'event', ...header, code: 'lead-off' }
const hexOf = (...records: WireRecord[]): string => Buffer.concat(records.map((r) => encodeFrame(r))).toString('hex')

const run = async (...args: string[]) => runCommand('decode', ...args)

describe('decode', () => {
  it('prints a line for each record of a hex string', async () => {
    const { lines, code } = await run('--format', 'frame', '--hex', hexOf(heartRate, ecg, leadOff), '--json')
    expect(lines).toEqual([
      { kind: 'value', signal: 'heartRate', unit: '/min', ...header, rateHz: 1, value: 72.1 },
      { kind: 'samples', signal: 'ecg', unit: 'mV', ...header, rateHz: 250, values: [0.005, null] },
      { kind: 'event', code: 'lead-off', ...header },
    ])
    expect(code).toBe(0)
  })

  it('prints an error with its reason and ends with 1, after what it could read', async () => {
    const { lines, code } = await run('--hex', `030155${hexOf(leadOff)}`, '--json')
    expect(lines).toMatchObject([
      { kind: 'error', reason: 'bad-crc', detail: expect.any(String) as string },
      { kind: 'event', code: 'lead-off' },
    ])
    expect(code).toBe(1)
  })

  it('reads JSON payloads', async () => {
    const item = { ...header, signal: 'spo2', values: [97], rateHz: 1, unit: '%' }
    const { lines } = await run(
      '--format',
      'json',
      '--hex',
      Buffer.from(JSON.stringify(item)).toString('hex'),
      '--json',
    )
    expect(lines).toEqual([{ kind: 'value', signal: 'spo2', unit: '%', ...header, rateHz: 1, value: 97 }])
  })

  it('reads a file of text as a message', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'decode-'))
    try {
      await writeFile(join(folder, 'message'), '"FkgABA=="\n')
      const args = [join(folder, 'message'), '--format', 'ble-heart-rate', '--encoding']
      const { lines, code } = await run(...args, 'base64', '--json')
      expect(lines).toMatchObject([{ code: 'on-body' }, { value: 72 }, { signal: 'rrInterval', value: 1000 }])
      expect(code).toBe(0)
      expect((await run(...args, 'hex', '--json')).lines).toMatchObject([{ kind: 'error', reason: 'bad-value' }])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('reads a file, and the frame at its end whose delimiter is missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'decode-'))
    try {
      await writeFile(join(folder, 'capture'), Buffer.from(hexOf(ecg, leadOff), 'hex').subarray(0, -1))
      const { lines } = await run(join(folder, 'capture'), '--json')
      expect(lines).toMatchObject([{ kind: 'samples' }, { kind: 'event' }])
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('reads JSON, a payload a line or one in many lines, and names what it is where frames were expected', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'decode-'))
    try {
      const file = join(folder, 'payloads')
      const item = (value: number) => ({ signal: 'spo2', unit: '%', value })
      const read = async (text: string, format: string) => {
        await writeFile(file, text)
        return run(file, '--json', '--format', format)
      }
      const inLines = `${JSON.stringify([item(97), item(96)])}\n\n[{]\n${JSON.stringify(item(95))}`
      const { lines, code } = await read(inLines, 'json')
      expect(lines).toMatchObject([{ value: 97 }, { value: 96 }, { kind: 'error' }, { value: 95 }])
      expect(code).toBe(1)
      const whole = await read(JSON.stringify([item(97), item(96)], undefined, 2), 'json')
      expect(whole).toMatchObject({ lines: [{ value: 97 }, { value: 96 }], code: 0 })
      expect((await read('', 'json')).lines).toMatchObject([{ kind: 'error' }])
      expect(await read(inLines, 'frame')).toEqual({
        lines: [],
        code: 1,
        complaints: `decode: ${file}: expected frames, received text that begins as JSON: try --format json\n`,
      })
      const endless = await read(`${JSON.stringify(item(97))}\n${'['.repeat(1_100_000)}`, 'json')
      expect(endless).toMatchObject({ lines: [{ value: 97 }], code: 1 })
      expect(endless.complaints).toBe(`decode: ${file}: line 2: expected at most 1048576 bytes, received more\n`)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('says in one line that a file cannot be read, and ends with 1', async () => {
    const { lines, code, complaints } = await run('/nowhere/capture')
    expect({ lines, code }).toEqual({ lines: [], code: 1 })
    expect(complaints).toMatch(/^decode: ENOENT[^\n]*\n$/)
  })

  it('reads a capture, begins anew where its line was broken, and tells that its end is missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'decode-'))
    try {
      const file = join(folder, 'capture.jsonl')
      const [first, second] = [encodeFrame(ecg), encodeFrame(leadOff)]
      const capture = new CaptureWriter(file, { port: '/dev/a', baudRate: 9600 })
      capture.chunk(1, first.subarray(0, 20))
      capture.chunk(2, first.subarray(20))
      capture.chunk(3, first.subarray(0, 20))
      capture.broken(4, 'unplugged')
      capture.chunk(5, second)
      capture.close()
      await appendFile(file, '[6,"AQI')
      const { lines, code, complaints } = await run(file, '--json')
      expect(lines).toMatchObject([{ kind: 'samples' }, { kind: 'event', code: 'lead-off' }])
      expect({ code, complaints }).toEqual({ code: 0, complaints: `decode: ${file}: line 7: cut off, left out\n` })
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('has an example in its help that works as it stands', async () => {
    let help = ''
    const program = new Command().exitOverride().configureOutput({ writeOut: (text) => (help += text) })
    registerBridgeCommands(program)
    await program.parseAsync(['decode', '--help'], { from: 'user' }).catch(() => undefined)
    const hex = /vital-edge decode --format frame --json --hex \\\n +"([^"]+)"/.exec(help)?.[1]
    expect(await run('--format', 'frame', '--json', '--hex', hex!)).toMatchObject({
      lines: [{ kind: 'event', code: 'battery' }],
      code: 0,
    })
    expect(readFileSync(new URL('README.md', import.meta.url), 'utf8')).toContain(hex)
  })

  it('prints for people without --json', async () => {
    expect((await run('--hex', hexOf(leadOff))).lines).toEqual([
      'event  code="lead-off"  sequence=1  bootId=2  tick=3\n',
    ])
  })

  it.each([
    ['neither file nor hex', []],
    ['both', ['file', '--hex', '00']],
    ['a port and a file', ['file', '--port', '/dev/a']],
    ['a port for a format that is no stream', ['--port', '/dev/a', '--format', 'json']],
    ['hex of odd length', ['--hex', '012']],
    ['hex with other characters', ['--hex', '0y01']],
  ])('ends with 2 on wrong use: %s', async (_, args) => {
    expect(await run(...args)).toMatchObject({ lines: [], code: 2 })
  })
})

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually, needs } from '../../test/real/programs.ts'
import { startPtyPair, type PtyPair } from '../../test/real/ptyPair.ts'
import { readCapture } from '../capture.ts'
import { encodeFrame } from '../frame.ts'
import { runCommand } from './runCommand.testing.ts'

const event = (sequence: number) =>
  encodeFrame({ kind: 'event', code: 'battery', value: 50, sequence, bootId: 1, tick: sequence })

describe('record without a port', () => {
  it.each([
    ['no port', ['--to', 'f']],
    ['no file', ['--port', '/dev/a']],
    ['a form of line that there is not', ['--port', '/dev/a', '--to', 'f', '--line', '9N1']],
    ['a baud rate that is no number', ['--port', '/dev/a', '--to', 'f', '--baud', 'fast']],
  ])('is wrong use: %s', async (_, args) => {
    // Commander's own complaints have code 1; the program makes 2 of them.
    expect((await runCommand('record', ...args)).code).toBeGreaterThan(0)
  })

  it('says that a port cannot be opened, ends with 1 and leaves no file', async () => {
    const file = join(tmpdir(), `vital-edge-${process.pid}.jsonl`)
    const { code, complaints } = await runCommand('record', '--port', '/dev/nowhere', '--to', file)
    expect(code).toBe(1)
    expect(complaints).toMatch(/^record: .*\/dev\/nowhere.*\n$/)
    expect(existsSync(file)).toBe(false)
  })
})

const { there, why } = needs('socat')
describe.skipIf(!there)(`with a serial line${why}`, () => {
  let line: PtyPair
  let folder: string
  let file: string
  beforeEach(async () => {
    line = await startPtyPair()
    folder = mkdtempSync(join(tmpdir(), 'vital-edge-record-'))
    file = join(folder, 'capture.jsonl')
  })
  afterEach(async () => {
    await line.stop()
    rmSync(folder, { recursive: true })
  })

  /** Sends a frame every 50 ms, so that some come after the port is open. */
  async function send(ending: AbortSignal): Promise<void> {
    for (let sequence = 0; !ending.aborted; sequence += 1) {
      await writeFile(line.device, event(sequence))
      await sleep(50)
    }
  }

  async function whileSending<T>(run: () => Promise<T>): Promise<T> {
    const ending = new AbortController()
    const sending = send(ending.signal)
    try {
      return await run()
    } finally {
      ending.abort()
      await sending
    }
  }

  it('captures bytes with their times, which decode reads', async () => {
    const args = ['--port', line.gateway, '--baud', '9600', '--line', '8O1', '--to', file]
    const { lines, code } = await whileSending(() => runCommand('record', ...args, '--seconds', '1', '--json'))
    expect({ code, lines }).toMatchObject({
      code: 0,
      lines: [{ file, ended: 'complete', reopened: 0, droppedBytes: 0 }],
    })
    let bytes = 0
    let last = 0
    for await (const chunk of readCapture(file, () => undefined)) {
      expect(chunk.receivedAt).toBeGreaterThanOrEqual(last)
      last = chunk.receivedAt
      bytes += chunk.bytes.length
    }
    expect(lines).toMatchObject([{ bytes }])
    expect(Math.abs(last - Date.now() * 1000)).toBeLessThan(60e6)
    const decoded = await runCommand('decode', file, '--json')
    const sequences = decoded.lines.flatMap((line) => (line as { sequence?: number }).sequence ?? [])
    expect(sequences.length).toBeGreaterThan(3)
    expect(sequences).toEqual(sequences.map((_, i) => (sequences[0] ?? 0) + i))
  })

  it('ends cleanly at Ctrl-C', async () => {
    const before = process.listenerCount('SIGINT')
    const { lines, code } = await whileSending(async () => {
      const recording = runCommand('record', '--port', line.gateway, '--to', file, '--json')
      await eventually('a capture', () => existsSync(file))
      process.emit('SIGINT')
      return recording
    })
    expect({ code, lines }).toMatchObject({ code: 0, lines: [{ ended: 'interrupted' }] })
    expect(process.listenerCount('SIGINT')).toBe(before)
  })

  it('is not written over another file', async () => {
    writeFileSync(file, 'mine')
    const { code, complaints } = await runCommand('record', '--port', line.gateway, '--to', file)
    expect(code).toBe(1)
    expect(complaints).toMatch(/^record: EEXIST.*capture\.jsonl/)
  })

  it('decode prints what comes over it', async () => {
    const { lines, code } = await whileSending(() =>
      runCommand('decode', '--port', line.gateway, '--seconds', '1', '--json'),
    )
    expect(code).toBe(0)
    expect(lines.length).toBeGreaterThan(3)
    expect(lines).toEqual(lines.map(() => expect.objectContaining({ code: 'battery', value: 50 }) as unknown))
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { SerialPort } from 'serialport'
import { afterEach, describe, expect, it } from 'vitest'
import type { SerialSourceConfig } from '../edge/config.ts'
import type { Input, SourceState } from '../edge/flow.ts'
import { serialSource } from '../edge/sources/serial.ts'
import { encodeFrame } from '../firmware-bridge/frame.ts'
import { FrameParser } from '../firmware-bridge/frameParser.ts'
import { count, noCounts } from '../firmware-bridge/port/portItem.ts'
import { defaultPortOptions } from '../firmware-bridge/port/portOptions.ts'
import { openPort } from '../firmware-bridge/port/portReader.ts'
import type { Decoded, SamplesRecord } from '../firmware-bridge/records.ts'
import { eventually, needs, pathOf, projectFolder } from './real/programs.ts'
import { startPtyPair } from './real/ptyPair.ts'

/** A device that sends 50 samples a record, all different, so that nothing lost or joined can pass as right. */
const samplesRecord = (sequence: number): SamplesRecord => ({
  kind: 'samples',
  sequence,
  bootId: 77,
  tick: sequence * 200_000,
  signal: 'ppg',
  rateHz: 250,
  values: Float32Array.from({ length: 50 }, (_, i) => (Math.imul(sequence * 50 + i, 2654435761) >>> 12) - 500_000),
})
const frame = (sequence: number): Uint8Array => encodeFrame(samplesRecord(sequence))

function expectRight(records: readonly Decoded[], sequences: readonly number[]): void {
  expect(records.map((record) => ('sequence' in record ? record.sequence : record))).toEqual(sequences)
  expect(records).toEqual(sequences.map(samplesRecord))
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

/** A source under way, what it says and what it reads. */
function listen(config: Partial<SerialSourceConfig>) {
  const records: Decoded[] = []
  const states: SourceState[] = []
  const source = serialSource(
    { ...defaultPortOptions, name: 'port', device: 'd-1', decoder: 'frame', ...config },
    () => new FrameParser(),
  ).subscribe((input: Input) => {
    if (input.kind === 'arrival') records.push(...input.records)
    if (input.kind === 'source') states.push(input)
  })
  running.push(() => source.unsubscribe())
  const state = () => states.at(-1)
  return { records, states, state, connected: () => eventually('connected', () => state()?.connected === true) }
}
const running: (() => unknown)[] = []

afterEach(async () => {
  for (const stop of running.splice(0)) await stop()
})

/** Writes frames from `first` on, as fast as the line takes them, until told to end or the line is gone; how many it began. */
async function feed(path: string, first: number, ending: AbortSignal): Promise<number> {
  const device = openSync(path, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK)
  let sent = 0
  try {
    while (!ending.aborted) {
      const bytes = frame(first + sent)
      sent += 1
      for (let at = 0; at < bytes.length;) {
        const written = writeNow(device, bytes.subarray(at))
        if (written === 'gone') return sent
        at += written
        if (at < bytes.length) await sleep(1)
      }
      if (sent % 5 === 0) await sleep(1)
    }
    return sent
  } finally {
    closeSync(device)
  }
}

function writeNow(device: number, bytes: Uint8Array): number | 'gone' {
  try {
    return writeSync(device, bytes)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : 'gone'
  }
}

const withSocat = needs('socat')
describe.skipIf(!withSocat.there)(`a serial line that comes and goes${withSocat.why}`, () => {
  it('is opened again after each of ten losses under load, with the right samples on both sides', async () => {
    const line = await startPtyPair()
    running.push(() => line.stop())
    const source = listen({ path: line.gateway })
    let first = 0
    for (let round = 0; round <= 10; round += 1) {
      await source.connected()
      const before = source.records.length
      const ending = new AbortController()
      const feeding = feed(line.device, first, ending.signal)
      await eventually('a hundred records', () => source.records.length - before > 100)
      if (round < 10) {
        await line.cut()
        await eventually('the loss is told', () => source.state()?.connected === false)
        await line.mend()
      }
      ending.abort()
      const sent = await feeding
      if (round === 10) await eventually('the last record', () => source.records.length - before === sent)
      const read = source.records.slice(before)
      expect(read.length).toBeLessThanOrEqual(sent)
      expectRight(read, range(first, first + read.length))
      first += sent
    }
    const blind = source.states.flatMap(({ blindMicros }) => blindMicros ?? [])
    console.log(`ten losses, ${first} frames: blind ${blind.map((micros) => (micros / 1e6).toFixed(2)).join(', ')} s`)
    expect(blind).toHaveLength(10)
    // It waits half a second at least before it tries again, and the last byte came before that.
    for (const micros of blind) expect(micros).toBeGreaterThan(500_000)
    expect(source.state()?.counts).toMatchObject({
      reopened: 10,
      blindMicros: blind.reduce((sum, micros) => sum + micros, 0),
      droppedBytes: 0,
    })
  }, 120_000)

  it('is read again when the process that reads it is killed', async () => {
    const line = await startPtyPair()
    running.push(() => line.stop())
    const source = listen({ path: line.gateway })
    await source.connected()
    const ending = new AbortController()
    const feeding = feed(line.device, 0, ending.signal)
    await eventually('records', () => source.records.length > 50)
    const [reader] = portProcessesOf(process.pid)
    process.kill(reader ?? NaN, 'SIGKILL')
    await eventually('the death is told', () => source.state()?.detail?.includes('SIGKILL'))
    const before = source.records.length
    await eventually('records', () => source.records.length - before > 50)
    ending.abort()
    await feeding
    expect(portProcessesOf(process.pid)).not.toContain(reader)
    const sequences = source.records.flatMap((record) =>
      record.kind === 'samples' && 'sequence' in record ? record.sequence : [],
    )
    expectRight(
      source.records.filter(({ kind }) => kind === 'samples'),
      sequences,
    )
    expect([...sequences].sort((a, b) => a - b)).toEqual(sequences)
    expect(source.states.flatMap(({ blindMicros }) => blindMicros ?? [])).toEqual([expect.any(Number)])
    expect(source.state()?.counts?.reopened).toBe(1)
  })

  it('leaves no process behind when the one that listens is killed', async () => {
    const line = await startPtyPair()
    running.push(() => line.stop())
    const reader = join(projectFolder, 'dist/firmware-bridge/port/portReader.js')
    const options = JSON.stringify({ ...defaultPortOptions, path: line.gateway })
    const script = `import { openPort } from ${JSON.stringify(reader)}; openPort(${options}).subscribe(() => console.log('told'))`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(parent.stdout, 'data')
    const children = portProcessesOf(parent.pid ?? 0)
    expect(children).toHaveLength(1)
    parent.kill('SIGKILL')
    await eventually('the child ends', () => children.every((pid) => !existsSync(`/proc/${pid}`)))
  })
})

/** The processes that read a port for the process `pid`. */
function portProcessesOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((child) => child !== '' && readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('portProcess.js'))
    .map(Number)
}

/** As fast as 921,600 baud 8N1 can be: ten bits a byte. */
const bytesPerSecond = 92_160
const blockedMillis = 2000

interface Sent {
  written: number
  lost: number
  /** For how long a busy computer kept it from sending. */
  keptWaitingSeconds: number
}

interface Uart {
  path: string
  /** Sends everything; what it wrote, and what was lost because nobody had read what was there. */
  send: () => Promise<Sent>
}

/** `real/uart.py` with these bytes to send. */
async function startUart(bytes: Uint8Array): Promise<Uart> {
  const folder = mkdtempSync(join(tmpdir(), 'vital-edge-uart-'))
  const file = join(folder, 'bytes')
  writeFileSync(file, bytes)
  const program = join(projectFolder, 'test/real/uart.py')
  const child = spawn(pathOf('python3') ?? 'python3', [program, file, String(bytesPerSecond)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  running.push(() => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  })
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const line = async () => (await lines.next()).value as string
  const path = await line()
  return {
    path,
    async send() {
      child.stdin.write('\n')
      return JSON.parse(await line()) as Sent
    },
  }
}

/** Keeps this thread, and everything that waits for it, from doing anything else. */
function block(millis: number): void {
  const end = performance.now() + millis
  while (performance.now() < end);
}

const frames = (count: number): Uint8Array => Buffer.concat(range(0, count).map(frame))
/** Six seconds at full speed. */
const sixSeconds = Math.floor((6 * bytesPerSecond) / frame(0).length)

const withPython = pathOf('python3') !== undefined || process.env['REQUIRE_REAL'] === '1'
describe.skipIf(!withPython)(`a busy main thread at 921,600 baud${withPython ? '' : ' (skipped: no python3)'}`, () => {
  // A machine that keeps every process from its turn for longer than the kernel's buffer lasts says nothing of the reader.
  it('loses nothing in two seconds', { retry: 3 }, async () => {
    const bytes = frames(sixSeconds)
    const uart = await startUart(bytes)
    const source = listen({ path: uart.path, baudRate: 921_600 })
    await source.connected()
    const sending = uart.send()
    await eventually('a second of records', () => source.records.length > sixSeconds / 6)
    block(blockedMillis)
    const sent = await sending
    console.log(`blocked for ${blockedMillis} ms: ${JSON.stringify({ bytes: bytes.length, ...sent })}`)
    expect(sent).toMatchObject({ written: bytes.length, lost: 0 })
    await eventually('all records', () => source.records.length >= sixSeconds)
    expectRight(source.records, range(0, sixSeconds))
  })

  it('control: the same bytes are lost where the main thread reads the port itself', async () => {
    const bytes = frames(sixSeconds)
    const uart = await startUart(bytes)
    const port = new SerialPort({ path: uart.path, baudRate: 921_600, autoOpen: false })
    const parser = new FrameParser()
    port.on('data', (chunk: Buffer) => parser.push(chunk))
    await new Promise<void>((resolve, reject) => port.open((error) => (error === null ? resolve() : reject(error))))
    running.push(() => port.close())
    const sending = uart.send()
    await eventually('a second of bytes', () => parser.counts.bytes > bytesPerSecond)
    block(blockedMillis)
    const sent = await sending
    console.log(`read by the blocked thread itself: ${JSON.stringify({ bytes: bytes.length, ...sent })}`)
    expect(sent.lost).toBeGreaterThan(bytesPerSecond)
    expect(parser.counts.lostFrames).toBeGreaterThan(0)
  })

  it('tells how many bytes it gave up where the main thread takes too long for the limit', async () => {
    const bytes = frames(sixSeconds)
    const uart = await startUart(bytes)
    const counts = noCounts()
    const port = openPort({ ...defaultPortOptions, path: uart.path, baudRate: 921_600 }, { limitBytes: 65_536 })
    let connected = false
    const subscription = port.subscribe((item) => {
      count(counts, item)
      if (item.kind === 'state') connected = item.connected
    })
    running.push(() => subscription.unsubscribe())
    await eventually('connected', () => connected)
    const sending = uart.send()
    await eventually('a second of bytes', () => counts.bytes > bytesPerSecond)
    block(blockedMillis)
    const { written } = await sending
    await eventually('every byte is read or counted', () => counts.bytes + counts.droppedBytes === written)
    expect(counts.droppedBytes).toBeGreaterThan(bytesPerSecond / 2)
  })
})

import { closeSync, createReadStream, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'

/**
 * A capture: what came over a line and when, as JSON lines. The first is a header, each other
 * `[microsecondsSinceStart, "base64"]`, or `[microsecondsSinceStart, "", "why"]` where the line was broken: bytes before
 * and after it do not belong together.
 */
export interface CaptureHeader {
  format: 'vital-edge-capture'
  version: 1
  /** Path of the port. */
  port: string
  baudRate: number
  /** ISO 8601. */
  startedAt: string
}

/** Bytes of a capture, or (with `broken`, and then without bytes) a place where the line was lost. */
export interface CapturedChunk {
  /** Integer µs since the epoch. */
  receivedAt: number
  bytes: Uint8Array
  broken?: string
}

/** A capture that cannot be read: names file and line, what was expected and what came. */
export class CaptureError extends Error {
  override name = 'CaptureError'
}

const format = 'vital-edge-capture'
/** The longest line, bytes: sixteen times what one read of a port can give. */
const maxLine = 1 << 20
/** How much of a file may be its header. */
const maxHeader = 4096

/** Writes a capture. Each line is handed to the kernel at once and to the disk every second. */
export class CaptureWriter {
  readonly #file: number
  readonly #startedAt: number
  readonly #syncing: NodeJS.Timeout
  #dirty = false

  /** @throws Error if the file exists already or cannot be made */
  constructor(path: string, { port, baudRate }: { port: string; baudRate: number }) {
    this.#file = openSync(path, 'wx')
    const startedAt = new Date()
    this.#startedAt = startedAt.getTime() * 1000
    this.#write({ format, version: 1, port, baudRate, startedAt: startedAt.toISOString() } satisfies CaptureHeader)
    this.#syncing = setInterval(() => this.#sync(), 1000)
  }

  /** @param receivedAt integer µs since the epoch */
  chunk(receivedAt: number, bytes: Uint8Array): void {
    this.#write([receivedAt - this.#startedAt, Buffer.from(bytes).toString('base64')])
  }

  broken(receivedAt: number, why: string): void {
    this.#write([receivedAt - this.#startedAt, '', why])
  }

  close(): void {
    clearInterval(this.#syncing)
    this.#sync()
    closeSync(this.#file)
  }

  #write(line: unknown): void {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
    for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at)
    this.#dirty = true
  }

  #sync(): void {
    if (this.#dirty) fdatasyncSync(this.#file)
    this.#dirty = false
  }
}

/** Whether the file begins with the header of a capture, of whatever version. */
export async function isCapture(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    // What cannot be read twice, such as a pipe, is no capture that was kept.
    if (!(await file.stat()).isFile()) return false
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxHeader), 0, maxHeader, 0)
    const [line = ''] = buffer.toString('utf8', 0, bytesRead).split('\n', 1)
    return (parsed(line) as { format?: unknown } | undefined)?.format === format
  } finally {
    await file.close()
  }
}

/**
 * Reads a capture of any length. A last line that was cut off is told and left out.
 *
 * @param tell is given what could not be read but does no harm
 * @throws CaptureError naming file and line
 */
export async function* readCapture(path: string, tell: (what: string) => void): AsyncGenerator<CapturedChunk> {
  let number = 0
  let startedAt: number | undefined
  for await (const { text, whole } of lines(path)) {
    number += 1
    const wrong = (expected: string) =>
      new CaptureError(`${path}: line ${number}: expected ${expected}, received ${shown(text)}`)
    const value = parsed(text)
    if (startedAt === undefined) startedAt = startOf(value, wrong)
    else {
      const chunk = chunkOf(value, startedAt)
      if (chunk !== undefined) yield chunk
      else if (whole) throw wrong('[microseconds, "base64"]')
      else tell(`${path}: line ${number}: cut off, left out`)
    }
  }
  if (startedAt === undefined) throw new CaptureError(`${path}: expected a capture, received an empty file`)
}

function startOf(value: unknown, wrong: (expected: string) => CaptureError): number {
  const header = value as Partial<Record<keyof CaptureHeader, unknown>> | undefined | null
  if (header?.format !== format) throw wrong(`{ "format": "${format}", … }`)
  if (header.version !== 1) throw wrong('"version": 1')
  const startedAt = typeof header.startedAt === 'string' ? Date.parse(header.startedAt) : NaN
  if (Number.isNaN(startedAt)) throw wrong('"startedAt": a time such as "2026-01-01T00:00:00.000Z"')
  return startedAt * 1000
}

function chunkOf(value: unknown, startedAt: number): CapturedChunk | undefined {
  if (!Array.isArray(value)) return undefined
  const [micros, text, broken, ...more] = value as unknown[]
  if (!Number.isSafeInteger(micros) || typeof text !== 'string' || more.length > 0) return undefined
  const bytes = Buffer.from(text, 'base64')
  // Node skips what is no base64.
  if (bytes.toString('base64') !== text) return undefined
  const chunk = { receivedAt: startedAt + (micros as number), bytes }
  if (broken === undefined) return bytes.length > 0 ? chunk : undefined
  return typeof broken === 'string' && bytes.length === 0 ? { ...chunk, broken } : undefined
}

/** The lines of a file; `whole`: with a line feed behind it. */
async function* lines(path: string): AsyncGenerator<{ text: string; whole: boolean }> {
  let pending = ''
  let number = 1
  for await (const part of createReadStream(path, { encoding: 'latin1' }) as AsyncIterable<string>) {
    const pieces = (pending + part).split('\n')
    pending = pieces.pop() ?? ''
    for (const text of pieces) yield { text: utf8(text), whole: true }
    number += pieces.length
    if (pending.length > maxLine)
      throw new CaptureError(`${path}: line ${number}: expected at most ${maxLine} bytes, received more`)
  }
  if (pending !== '') yield { text: utf8(pending), whole: false }
}

const utf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8')

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function shown(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

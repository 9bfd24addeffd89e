import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CaptureWriter, isCapture, readCapture, type CapturedChunk } from './capture.ts'

const port = { port: '/dev/ttyUSB0', baudRate: 9600 }
const header =
  '{"format":"vital-edge-capture","version":1,"port":"/dev/a","baudRate":9600,"startedAt":"2026-01-01T00:00:00.000Z"}'
const start = Date.UTC(2026, 0, 1) * 1000

describe('a capture', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vital-edge-capture-'))
    file = join(folder, 'capture.jsonl')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  async function read(): Promise<{ chunks: CapturedChunk[]; told: string[] }> {
    const chunks: CapturedChunk[] = []
    const told: string[] = []
    for await (const { bytes, ...chunk } of readCapture(file, (what) => told.push(what)))
      chunks.push({ ...chunk, bytes: Uint8Array.from(bytes) })
    return { chunks, told }
  }
  const withLines = (...lines: string[]) => writeFileSync(file, [header, ...lines].join('\n'))

  it('gives back every byte with its time', async () => {
    const chunk = fc.record({
      receivedAt: fc.integer({ min: start, max: 2 * start }),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    })
    const broken = fc.record({
      receivedAt: fc.integer({ min: start, max: 2 * start }),
      bytes: fc.constant(new Uint8Array()),
      broken: fc.string({ unit: 'grapheme' }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(chunk, broken), { maxLength: 30 }), async (given) => {
        rmSync(file, { force: true })
        const writer = new CaptureWriter(file, port)
        for (const each of given)
          if ('broken' in each) writer.broken(each.receivedAt, each.broken)
          else writer.chunk(each.receivedAt, each.bytes)
        writer.close()
        expect(await isCapture(file)).toBe(true)
        expect(await read()).toEqual({ chunks: given, told: [] })
      }),
      { numRuns: 30 },
    )
  })

  it('has each line in the file as soon as it is written', () => {
    const writer = new CaptureWriter(file, port)
    writer.chunk(Date.now() * 1000, Uint8Array.of(1, 2, 3))
    expect(readFileSync(file, 'utf8')).toMatch(/^\{"format":"vital-edge-capture",.*\}\n\[-?\d+,"AQID"\]\n$/)
    writer.close()
  })

  it('is never written over another file', () => {
    withLines()
    expect(() => new CaptureWriter(file, port)).toThrow(/EEXIST/)
  })

  it('tells that its last line was cut off, wherever that was, and gives the rest', async () => {
    const last = '[1500000,"AQID"]'
    for (let length = 1; length < last.length; length += 1) {
      withLines('[500000,"AQ=="]', last.slice(0, length))
      expect(await read()).toEqual({
        chunks: [{ receivedAt: start + 500_000, bytes: Uint8Array.of(1) }],
        told: [`${file}: line 3: cut off, left out`],
      })
    }
    withLines(last)
    expect((await read()).chunks).toHaveLength(1)
  })

  it.each([
    ['other JSON', '{"a":1}'],
    ['no JSON', 'hello'],
    ['a time that is no integer', '[1.5,"AQ=="]'],
    ['no base64', '[1,"AQ=!"]'],
    ['no bytes', '[1,""]'],
    ['bytes where the line was broken', '[1,"AQ==","lost"]'],
    ['too many fields', '[1,"AQ==","lost",2]'],
  ])('names file and line of %s', async (_, line) => {
    withLines('[0,"AQ=="]', line, '[2,"AQ=="]', '')
    await expect(read()).rejects.toThrow(`${file}: line 3: expected [microseconds, "base64"], received ${line}`)
  })

  it.each([
    ['', 'expected a capture, received an empty file'],
    ['{"format":"x"}\n', 'line 1: expected { "format": "vital-edge-capture", … }, received {"format":"x"}'],
    [header.replace('1,', '2,'), 'line 1: expected "version": 1'],
    [header.replace('2026', 'soon'), 'line 1: expected "startedAt": a time'],
  ])('says what is wrong with its header: %s', async (text, message) => {
    writeFileSync(file, text)
    await expect(read()).rejects.toThrow(message)
  })

  it('gives up a line without an end instead of gathering it', async () => {
    withLines('')
    appendFileSync(file, '1'.repeat(3_000_000))
    await expect(read()).rejects.toThrow(`${file}: line 2: expected at most 1048576 bytes, received more`)
  })

  it.each([[''], ['\0\u0001binary\n'], ['{"kind":"json payload"}'], ['x'.repeat(10_000)]])(
    'is not taken for one if it is %j',
    async (text) => {
      writeFileSync(file, text)
      expect(await isCapture(file)).toBe(false)
    },
  )
})

import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'

/** The longest line that is looked for, bytes: what a JSON payload may have. */
const maxLine = 1 << 20
const lineFeed = 10

/**
 * Whether a file is text that begins as JSON payloads do, `[{` or `{"`. No frame does: its second byte is its version, and a
 * zero byte ends it. What cannot be read twice, such as a pipe, is not looked at.
 */
export async function beginsAsJson(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    if (!(await file.stat()).isFile()) return false
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0)
    const text = buffer.toString('latin1', 0, bytesRead)
    return /^\s*(\[\s*\{|\{\s*")/.test(text) && !text.includes('\0')
  } finally {
    await file.close()
  }
}

/** A JSON payload of a file, and its line, from 1; absent where the file is one payload as a whole. */
export interface JsonPayload {
  bytes: Uint8Array
  line?: number
}

/**
 * The JSON payloads of a file: its lines where the first is JSON by itself, as `--to file: --as json` writes them, otherwise the
 * file as a whole.
 * @throws Error naming file and line for a line beyond 1 MiB
 */
export async function* jsonPayloads(path: string): AsyncGenerator<JsonPayload, void, undefined> {
  let form: 'not known' | 'lines' | 'whole' = 'not known'
  let pending: Buffer[] = []
  let pendingBytes = 0
  let line = 1
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let from = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0 && form !== 'whole'; end = chunk.indexOf(lineFeed, from)) {
      const text = Buffer.concat([...pending, chunk.subarray(from, end)])
      const isBlank = text.toString('latin1').trim() === ''
      if (form === 'not known' && !isBlank) form = isJson(text) ? 'lines' : 'whole'
      if (form === 'whole') break
      if (!isBlank) yield { bytes: text, line }
      pending = []
      pendingBytes = 0
      from = end + 1
      line++
    }
    pending.push(chunk.subarray(from))
    pendingBytes += chunk.length - from
    if (form === 'lines' && pendingBytes > maxLine)
      throw new Error(`${path}: line ${line}: expected at most ${maxLine} bytes, received more`)
  }
  const rest = Buffer.concat(pending)
  if (form !== 'lines') yield { bytes: rest }
  else if (rest.toString('latin1').trim() !== '') yield { bytes: rest, line }
}

function isJson(text: Buffer): boolean {
  try {
    JSON.parse(text.toString('utf8'))
    return true
  } catch {
    return false
  }
}

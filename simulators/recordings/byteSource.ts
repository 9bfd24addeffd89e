import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { RecordingError } from './recordingError.ts'

/** A file of data, plain or gzipped, that exists; `bytes` is its length when unpacked. */
export interface DataFile {
  path: string
  bytes: number
  gzip: boolean
}

/** Bytes of a file, read from front to back. */
export interface ByteSource {
  /**
   * Bytes `[from, to)`, fewer where the file ends before; valid until the next call. `from` is never smaller than in the
   * call before.
   */
  read(from: number, to: number): Promise<Uint8Array>
  close(): Promise<void>
}

/**
 * Finds `path`, or `path.gz` where only that is there; undefined where neither is. A gzipped file is read once to measure it.
 * @throws RecordingError for a damaged gzip file.
 */
export async function findDataFile(path: string): Promise<DataFile | undefined> {
  for (const candidate of [path, `${path}.gz`]) {
    const found = await stat(candidate).catch(() => undefined)
    if (!found?.isFile()) continue
    const gzip = candidate.toLowerCase().endsWith('.gz')
    return { path: candidate, gzip, bytes: gzip ? await unpackedBytes(candidate) : found.size }
  }
  return undefined
}

/** As `findDataFile`; throws a `RecordingError` that names `field` where the file is not there. */
export async function needDataFile(path: string, field = 'file'): Promise<DataFile> {
  const found = await findDataFile(path)
  if (found) return found
  throw new RecordingError(path, field, 'a readable file', 'ENOENT')
}

/** A small file, unpacked, as a whole; undefined where it is not there. Throws a `RecordingError` beyond `maxBytes`. */
export async function readWhole(path: string, field: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const file = await findDataFile(path)
  if (!file) return undefined
  if (file.bytes > maxBytes) throw new RecordingError(file.path, field, `at most ${maxBytes} bytes`, `${file.bytes}`)
  const source = await openBytes(file)
  try {
    return (await source.read(0, file.bytes)).slice()
  } finally {
    await source.close()
  }
}

export async function openBytes(file: DataFile): Promise<ByteSource> {
  return file.gzip ? new GzipSource(file.path) : PlainSource.open(file.path)
}

/** Chunks of a file, unpacked where it ends in `.gz`. Throws a `RecordingError` where it cannot be read to its end. */
export async function* chunksOf(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const file = createReadStream(path)
  const chunks = path.toLowerCase().endsWith('.gz') ? file.pipe(createGunzip()) : file
  // pipe() does not pass errors on: a missing file would look like an empty one.
  if (chunks !== file) file.on('error', (error) => chunks.destroy(error))
  try {
    yield* chunks as AsyncIterable<Uint8Array>
  } catch (error) {
    throw unreadable(path, error)
  } finally {
    file.destroy()
    chunks.destroy()
  }
}

async function unpackedBytes(path: string): Promise<number> {
  let bytes = 0
  for await (const chunk of chunksOf(path)) bytes += chunk.length
  return bytes
}

function unreadable(path: string, error: unknown): RecordingError {
  const { code, message } = error as NodeJS.ErrnoException
  const expected = code?.startsWith('Z_') ? 'a whole gzip file' : 'a readable file'
  return new RecordingError(path, 'file', expected, code ?? message)
}

class PlainSource implements ByteSource {
  #bytes = new Uint8Array(0)
  readonly #path: string
  readonly #handle: Awaited<ReturnType<typeof open>>

  private constructor(path: string, handle: Awaited<ReturnType<typeof open>>) {
    this.#path = path
    this.#handle = handle
  }

  static async open(path: string): Promise<PlainSource> {
    return new PlainSource(
      path,
      await open(path, 'r').catch((error: unknown) => {
        throw unreadable(path, error)
      }),
    )
  }

  async read(from: number, to: number): Promise<Uint8Array> {
    const length = to - from
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(length)
    let filled = 0
    while (filled < length) {
      const { bytesRead } = await this.#handle
        .read(this.#bytes, filled, length - filled, from + filled)
        .catch((error: unknown) => {
          throw unreadable(this.#path, error)
        })
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return this.#bytes.subarray(0, filled)
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

/** Keeps what the last call gave and has been unpacked beyond it, and nothing before. */
class GzipSource implements ByteSource {
  readonly #chunks: AsyncGenerator<Uint8Array, void, undefined>
  #window: Uint8Array = new Uint8Array(0)
  #start = 0

  constructor(path: string) {
    this.#chunks = chunksOf(path)
  }

  async read(from: number, to: number): Promise<Uint8Array> {
    let end = this.#start + this.#window.length
    const parts = [this.#window.subarray(Math.max(0, from - this.#start))]
    while (end < to) {
      const { value, done } = await this.#chunks.next()
      if (done === true) break
      parts.push(value.subarray(Math.max(0, from - end)))
      end += value.length
    }
    this.#window = parts.length === 1 ? (parts[0] ?? this.#window) : Buffer.concat(parts)
    this.#start = Math.min(Math.max(from, this.#start), end)
    return this.#window.subarray(0, Math.max(0, to - this.#start))
  }

  async close(): Promise<void> {
    await this.#chunks.return(undefined)
  }
}

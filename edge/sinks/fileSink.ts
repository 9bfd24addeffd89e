import { mkdir, open, readdir, rename, rm, stat, truncate, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Sink, Stored } from '../messages.ts'
import type { FileSinkConfig } from './sinkSchema.ts'

/** Looked through from the end for the last whole line, bytes. */
const lookBack = 1024 * 1024

/**
 * Appends one JSON line an item, on disk (fsync) before it is confirmed. A line that a crash tore is cut off at the next
 * start. Files are set aside by size. An item may stand twice after a crash: its id and revision tell.
 */
export function fileSink({ name, path, takes, fromLevel, maxBytes, keep }: FileSinkConfig): Sink {
  let file: FileHandle | undefined
  let size = 0
  const begin = async (): Promise<FileHandle> => {
    await mkdir(dirname(path), { recursive: true })
    await cutTornLine(path)
    file = await open(path, 'a')
    size = (await file.stat()).size
    return file
  }
  const end = async (): Promise<void> => {
    const open_ = file
    file = undefined
    await open_?.close()
  }
  return {
    name,
    fromLevel,
    ...(takes === 'alarms' && { takes }),
    async write(items: readonly Stored[]) {
      try {
        let to = file ?? (await begin())
        if (size >= maxBytes) {
          await end()
          await setAside(path, keep)
          to = await begin()
        }
        const lines = Buffer.from(items.map((item) => `${JSON.stringify(item)}\n`).join(''))
        await to.appendFile(lines)
        await to.datasync()
        size += lines.length
      } catch (error) {
        // Part of a line may have been written: the next try begins by cutting it off.
        await end().catch(() => undefined)
        throw error
      }
    },
    stop: end,
  }
}

async function cutTornLine(path: string): Promise<void> {
  const bytes = await stat(path).then(
    ({ size }) => size,
    () => 0,
  )
  if (bytes === 0) return
  const from = Math.max(0, bytes - lookBack)
  const file = await open(path, 'r')
  const tail = Buffer.alloc(bytes - from)
  await file.read(tail, 0, tail.length, from).finally(() => file.close())
  const wholeUpTo = from + tail.lastIndexOf(0x0a) + 1
  if (wholeUpTo < bytes) await truncate(path, wholeUpTo)
}

/** `<path>` becomes `<path>.1`, `<path>.1` becomes `<path>.2`; what is older than `keep` goes. */
async function setAside(path: string, keep: number): Promise<void> {
  const there = new Set(await readdir(dirname(path)))
  for (let number = keep; number >= 0; number -= 1) {
    const from = number === 0 ? path : `${path}.${number}`
    if (!there.has(basename(from))) continue
    if (number === keep) await rm(join(dirname(path), basename(from)))
    else await rename(from, `${path}.${number + 1}`)
  }
}

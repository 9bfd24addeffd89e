import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { Alarm } from '../messages.ts'
import type { Evidence } from './evidence.ts'
import { decodeEvidence, encodeEvidence } from './evidenceFile.ts'
import type { EvidenceKeeper } from './keepEvidence.ts'

export interface EvidenceFilesOptions {
  /** Made if it is not there; holds a folder a wearer. */
  directory: string
  maxBytes: number
  maxFiles: number
  /** 32 bytes; absent: files are not sealed. */
  key?: Buffer
  /** Alarms that are not back to normal. */
  openAlarms: () => readonly Pick<Alarm, 'id' | 'state'>[]
  onError: (error: unknown) => void
}

interface Stored {
  alarm: string
  /** 0 until it is on disk. */
  bytes: number
  /** Order of keeping, the oldest first. */
  order: number
}

const ending = '.evidence'
/** Evidence that waits to be written; beyond it the oldest that waits is given up. */
const mostWaiting = 100
/** Files of one alarm, which may be announced again and again. */
const mostAnAlarm = 8

/**
 * The folder of evidence: a file for each time that an alarm was announced, written as one. Where there is no room, evidence of
 * alarms that are over and settled gives way first, then of those that are over, the oldest first; that of an alarm whose cause
 * holds never does.
 */
export class EvidenceFiles implements EvidenceKeeper {
  readonly #options: EvidenceFilesOptions
  /** By name below the directory, and the names by alarm. */
  readonly #stored = new Map<string, Stored>()
  readonly #names = new Map<string, string[]>()
  readonly #waiting = new Map<string, () => Evidence>()
  #bytes = 0
  #order = 0
  #removed = 0
  #failed = 0
  #writing: Promise<void> | undefined

  /** Reads what lies there; what was not written to its end is removed. */
  constructor(options: EvidenceFilesOptions) {
    this.#options = options
    mkdirSync(options.directory, { recursive: true })
    const found = readdirSync(options.directory, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
    for (const path of found) if (path.endsWith('.partial')) rmSync(path)
    const files = found
      .filter((path) => path.endsWith(ending))
      .map((path) => ({ path, stat: statSync(path) }))
      .sort((a, b) => a.stat.mtimeMs - b.stat.mtimeMs)
    for (const { path, stat } of files) this.#add(relative(options.directory, path), stat.size)
  }

  /** Files and bytes on disk, evidence that waits to be written, that gave way, and that could not be written. */
  get metrics(): { files: number; bytes: number; waiting: number; removed: number; failed: number } {
    return {
      files: this.#stored.size,
      bytes: this.#bytes,
      waiting: this.#waiting.size,
      removed: this.#removed,
      failed: this.#failed,
    }
  }

  filesOf({ id }: Pick<Alarm, 'id'>): readonly string[] {
    return this.#names.get(id) ?? []
  }

  keep(alarm: Alarm, pack: () => Evidence): void {
    const name = nameOf(alarm)
    if (!this.#stored.has(name)) {
      if (this.filesOf(alarm).length >= mostAnAlarm) return
      this.#add(name, 0)
    }
    this.#waiting.set(name, pack)
    for (const oldest of this.#waiting.keys()) {
      if (this.#waiting.size <= mostWaiting) break
      this.#waiting.delete(oldest)
      this.#giveUp(oldest)
    }
    this.#writing ??= this.#writeAll().finally(() => (this.#writing = undefined))
  }

  /**
   * The bytes of a file of an alarm, not sealed: the first, or the one that is named; undefined where there is none.
   *
   * @throws EvidenceError where it is damaged or was sealed with another key
   */
  async read(alarm: string, file?: string): Promise<Buffer | undefined> {
    const name = this.filesOf({ id: alarm }).find((known) => file === undefined || known === file)
    if (name === undefined || this.#stored.get(name)?.bytes === 0) return undefined
    const bytes = await readFile(join(this.#options.directory, name))
    const { key } = this.#options
    return key === undefined ? bytes : encodeEvidence(decodeEvidence(bytes, name, key))
  }

  /** Waits for what is being written. */
  async stop(): Promise<void> {
    await this.#writing
  }

  async #writeAll(): Promise<void> {
    for (;;) {
      // Behind whatever the pipeline does now: packing takes some milliseconds.
      await new Promise((resolve) => setImmediate(resolve))
      const [first] = this.#waiting
      if (first === undefined) return
      const [name, pack] = first
      this.#waiting.delete(name)
      try {
        await this.#write(name, await encodeEvidence(pack(), this.#options.key))
      } catch (error) {
        this.#giveUp(name)
        this.#options.onError(error)
      }
    }
  }

  async #write(name: string, bytes: Buffer): Promise<void> {
    const stored = this.#stored.get(name)
    // It was given up meanwhile.
    if (stored === undefined) return
    await this.#makeRoom(name, bytes.length - stored.bytes)
    const path = join(this.#options.directory, name)
    await mkdir(dirname(path), { recursive: true })
    await writeAsOne(path, bytes)
    this.#bytes += bytes.length - stored.bytes
    stored.bytes = bytes.length
  }

  /** @throws Error where what must stay leaves no room */
  async #makeRoom(forName: string, bytes: number): Promise<void> {
    const { maxBytes, maxFiles, openAlarms, directory } = this.#options
    const isFull = (): boolean => this.#bytes + bytes > maxBytes || this.#stored.size > maxFiles
    if (!isFull()) return
    const states = new Map(openAlarms().map(({ id, state }) => [id, state]))
    const candidates = [...this.#stored]
      .filter(([name]) => name !== forName)
      .map(([name, { alarm, order }]) => ({ name, order, rank: rankOf(states.get(alarm)) }))
      .filter(({ rank }) => rank < 2)
      .sort((a, b) => a.rank - b.rank || a.order - b.order)
    for (const { name } of candidates) {
      if (!isFull()) return
      await rm(join(directory, name), { force: true })
      this.#forget(name)
      this.#removed += 1
    }
    if (isFull())
      throw new Error(
        `${directory}: expected room for ${bytes} bytes more within ${maxBytes} bytes and ${maxFiles} files, received ${this.#bytes} bytes in ${this.#stored.size - 1} files that must stay`,
      )
  }

  #add(name: string, bytes: number): void {
    const alarm = alarmOf(name)
    this.#stored.set(name, { alarm, bytes, order: this.#order++ })
    this.#names.set(alarm, [...(this.#names.get(alarm) ?? []), name])
    this.#bytes += bytes
  }

  /** It will not be written (again): what is on disk of it stays. */
  #giveUp(name: string): void {
    this.#failed += 1
    if (this.#stored.get(name)?.bytes === 0) this.#forget(name)
  }

  #forget(name: string): void {
    const stored = this.#stored.get(name)
    if (stored === undefined) return
    const names = this.filesOf({ id: stored.alarm }).filter((other) => other !== name)
    if (names.length === 0) this.#names.delete(stored.alarm)
    else this.#names.set(stored.alarm, names)
    this.#bytes -= stored.bytes
    this.#stored.delete(name)
    this.#waiting.delete(name)
  }
}

/** How long evidence stays, by how its alarm stands. */
function rankOf(state: Alarm['state'] | undefined): 0 | 1 | 2 {
  if (state === undefined || state === 'normal') return 0
  return state === 'returned-unacknowledged' ? 1 : 2
}

/** A wearer's evidence lies in one folder, so that all of it can be erased. */
function nameOf({ id, wearer, revision }: Alarm): string {
  const which = revision === 1 ? '' : `~${revision}`
  return join(wearer ?? '_gateway', `${encodeURIComponent(id)}${which}${ending}`)
}

function alarmOf(name: string): string {
  const file = name.slice(name.lastIndexOf('/') + 1, -ending.length)
  return decodeURIComponent(file.replace(/~\d+$/, ''))
}

/** Either all of it is there after a loss of power, or what was there before. */
async function writeAsOne(path: string, bytes: Buffer): Promise<void> {
  const partial = `${path}.partial`
  const file = await open(partial, 'w')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(partial, path)
  const folder = await open(dirname(path))
  await folder.sync().finally(() => folder.close())
}

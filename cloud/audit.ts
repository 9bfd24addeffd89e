import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { z } from 'zod'
import { roles } from './roles.ts'

/** One change that somebody made or tried to make. */
export const auditEntrySchema = z.object({
  at: z.iso.datetime({ precision: 3 }),
  /** Name and role of the token; not of the person, who stands in `body.by`. */
  caller: z.string(),
  role: z.enum(roles),
  /** Method and path of the route, such as `POST /api/alarms/:id/acknowledge`. */
  action: z.string(),
  params: z.record(z.string(), z.string()),
  body: z.unknown().optional(),
  /** HTTP status of the answer: 200 done, 403 not allowed, … */
  status: z.int(),
})
export type AuditEntry = z.infer<typeof auditEntrySchema>

/** What is kept in memory, to be shown. */
const mostInMemory = 1000
const mostBodyCharacters = 4000
/** A file that has become so large, in bytes, gets a number, and a new one begins; after the last number the oldest goes. */
const fileBytes = 8 * 1024 * 1024
const mostFiles = 10

/**
 * The log of acknowledgements and changes: in memory, and where a file is named, one JSON object a line, on disk before
 * the answer is sent.
 */
export class Audit {
  private readonly file: string | undefined
  private entries: AuditEntry[] = []
  /** Entries that could not be written to the file. */
  failed = 0

  /** @throws where the file cannot be read or written */
  constructor(file?: string) {
    this.file = file
    if (file === undefined) return
    if (existsSync(file)) this.entries = readEntries(file).slice(-mostInMemory)
    // Whether it can be written is found out now and not at the first alarm; a torn line must not spoil the next.
    append(file, existsSync(file) && !/(^|\n)$/.test(readFileSync(file, 'utf8')) ? '\n' : '')
  }

  get place(): 'file' | 'memory' {
    return this.file === undefined ? 'memory' : 'file'
  }

  /** The newest first. */
  list(limit: number): AuditEntry[] {
    return this.entries.slice(-limit).reverse()
  }

  add(entry: AuditEntry): void {
    const kept = shortened(entry)
    this.entries.push(kept)
    if (this.entries.length > mostInMemory) this.entries.shift()
    if (this.file === undefined) return
    try {
      this.turnOver(this.file)
      append(this.file, `${JSON.stringify(kept)}\n`)
    } catch {
      this.failed += 1
    }
  }

  /** Takes an identifier out of all that was written before, wherever it stands in an entry, also within an alarm's id. */
  forget(name: string): void {
    const whole = new RegExp(`(?<![A-Za-z0-9_-])${name.replaceAll('.', '\\.')}(?![A-Za-z0-9_-])`)
    const names = (entry: AuditEntry) => whole.test(JSON.stringify(entry))
    const clean = (entry: AuditEntry): AuditEntry => (names(entry) ? { ...entry, params: {}, body: 'erased' } : entry)
    this.entries = this.entries.map(clean)
    for (const file of this.files()) {
      const entries = readEntries(file)
      if (!entries.some(names)) continue
      writeFileSync(`${file}.new`, entries.map((entry) => `${JSON.stringify(clean(entry))}\n`).join(''), {
        mode: 0o600,
      })
      renameSync(`${file}.new`, file)
    }
  }

  private files(): string[] {
    const { file } = this
    if (file === undefined) return []
    return [file, ...Array.from({ length: mostFiles }, (_, n) => `${file}.${n + 1}`)].filter((name) => existsSync(name))
  }

  private turnOver(file: string): void {
    if (!existsSync(file) || statSync(file).size < fileBytes) return
    for (let number = mostFiles - 1; number >= 1; number -= 1) {
      if (existsSync(`${file}.${number}`)) renameSync(`${file}.${number}`, `${file}.${number + 1}`)
    }
    renameSync(file, `${file}.1`)
  }
}

function append(file: string, line: string): void {
  const handle = openSync(file, 'a', 0o600)
  try {
    appendFileSync(handle, line)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** A line torn by a power cut is left out. */
function readEntries(file: string): AuditEntry[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [auditEntrySchema.parse(JSON.parse(line))]
      } catch {
        return []
      }
    })
}

function shortened(entry: AuditEntry): AuditEntry {
  const body = JSON.stringify(entry.body) ?? ''
  return body.length > mostBodyCharacters ? { ...entry, body: `${body.slice(0, mostBodyCharacters)}…` } : entry
}

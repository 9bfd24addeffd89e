import { closeSync, existsSync, openSync, readdirSync, readSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Database from 'libsql'
import { NewerDataFile, openDatabase, type Db } from './database.ts'
import { DataKeyError, isRememberedKey, rememberKey, usualKeyVariable } from './dataKey.ts'
import { salvage, type Salvaged } from './salvage.ts'

/** A data file that cannot be used; the message says what to do. */
export class DataFileError extends Error {
  override name = 'DataFileError'
}

/** What was done because the file was damaged. */
export interface Repair {
  /** Where the damaged file lies now. */
  setAside: string
  /** What was wrong with it. */
  damage: string
  salvaged: readonly Salvaged[]
}

export interface OpenedDataFile {
  db: Db
  encrypted: boolean
  repair?: Repair
  /** It was not encrypted before. */
  encryptedNow?: true
}

/** A larger file is not read through at each start, bytes. */
const checkedUpTo = 128 * 1024 * 1024
/** Damaged files that are kept beside the present one. */
const keptDamaged = 3
const plainHeader = 'SQLite format 3\0'
const damageCodes: ReadonlySet<string> = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB'])
const noRoomCodes: ReadonlySet<string> = new Set(['SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_CANTOPEN', 'ENOSPC', 'EDQUOT'])

/** Whether an error of libsql says that the file itself is damaged. */
export function saysDamage(error: unknown): boolean {
  const { code = '' } = error as { code?: string }
  return [...damageCodes].some((known) => code.startsWith(known))
}

/**
 * Opens the gateway's data file whatever state it is in: makes a new one, migrates an older one, encrypts one that was plain,
 * and replaces a damaged one by what can be read of it, the damaged one set aside.
 *
 * @param key absent: not encrypted
 * @param now for the name of a file that is set aside, ms
 * @throws DataKeyError for a missing or wrong key, NewerDataFile, DataFileError with what to do where it cannot be written
 */
export function openDataFile(path: string, key: string | undefined, now: () => number): OpenedDataFile {
  try {
    return open(path, key, now)
  } catch (error) {
    if (error instanceof DataKeyError || error instanceof NewerDataFile || error instanceof DataFileError) throw error
    throw new DataFileError(`${path}: ${advice(error)}`)
  }
}

function open(path: string, key: string | undefined, now: () => number): OpenedDataFile {
  const keyCheck = `${path}.key-check`
  const encrypted = key !== undefined
  const finished = (opened: OpenedDataFile): OpenedDataFile => {
    if (key !== undefined && isRememberedKey(keyCheck, key) !== true) rememberKey(keyCheck, key)
    return opened
  }
  const isThere = existsSync(path) && statSync(path).size > 0
  if (!isThere) return finished({ db: openDatabase(path, key), encrypted })
  const isPlain = headerOf(path) === plainHeader
  if (isPlain && key !== undefined) return finished({ ...encrypt(path, key), encrypted })
  if (!isPlain) expectKey(path, keyCheck, key)
  try {
    const db = openDatabase(path, key)
    const damage = damageOf(db, path)
    if (damage === undefined) return finished({ db, encrypted })
    db.close()
    return finished({ ...repaired(path, key, damage, now), encrypted })
  } catch (error) {
    if (!saysDamage(error)) throw error
    if (key !== undefined && isRememberedKey(keyCheck, key) === undefined)
      throw new DataKeyError(
        `${path}: expected a data file encrypted with the configured key, received one that it does not open: the key is another one or the file is damaged. Give its key, or move the file away to begin with a new one`,
      )
    return finished({ ...repaired(path, key, (error as Error).message, now), encrypted })
  }
}

/** Whose key it is that we have, of a file that does not look like an unencrypted one. */
function expectKey(path: string, keyCheck: string, key: string | undefined): void {
  if (key === undefined && existsSync(keyCheck))
    throw new DataKeyError(
      `${path}: expected the key that it is encrypted with (dataKey in the configuration, or ${usualKeyVariable}), received none`,
    )
  if (key !== undefined && isRememberedKey(keyCheck, key) === false)
    throw new DataKeyError(
      `${path}: expected the key that it is encrypted with, received another one. Give its key, or move ${basename(path)} and ${basename(keyCheck)} away to begin with a new file`,
    )
}

function damageOf(db: Db, path: string): string | undefined {
  if (statSync(path).size > checkedUpTo) return undefined
  const [found] = db.prepare('PRAGMA quick_check(1)').all() as { quick_check: string }[]
  return found === undefined || found.quick_check === 'ok' ? undefined : found.quick_check.replaceAll('\n', ' ')
}

/** Puts in its place what can be read of the file; it goes aside only when that is safe. */
function repaired(path: string, key: string | undefined, damage: string, now: () => number) {
  const { salvaged, copy } = copied(path, key, key)
  const setAside = `${path}.damaged-${new Date(now()).toISOString().replaceAll(':', '-')}`
  moveAll(path, setAside)
  moveAll(copy, path)
  forgetOldest(path)
  return { db: openDatabase(path, key), repair: { setAside, damage, salvaged } }
}

function encrypt(path: string, key: string): { db: Db; encryptedNow: true } {
  const { salvaged, copy } = copied(path, undefined, key)
  const broken = salvaged.filter(({ complete }) => !complete)
  if (broken.length > 0 || salvaged.length === 0)
    throw new DataFileError(
      `${path}: expected an undamaged file to encrypt, received one whose ${broken.map(({ table }) => table).join(', ') || 'tables'} cannot be read. Start once without dataKey to repair it`,
    )
  for (const ending of ['-wal', '-shm', '']) rmSync(`${path}${ending}`, { force: true })
  moveAll(copy, path)
  return { db: openDatabase(path, key), encryptedNow: true }
}

/** A copy beside it of all that can be read, in the version that it has. */
function copied(path: string, key: string | undefined, newKey: string | undefined) {
  const copy = `${path}.copy`
  for (const ending of ['', '-wal', '-shm']) rmSync(`${copy}${ending}`, { force: true })
  const from = new Database(path, (key === undefined ? {} : { encryptionKey: key }) as Database.Options)
  try {
    const version = versionOf(from)
    const to = openDatabase(copy, newKey, version)
    try {
      const salvaged = version === undefined ? [] : salvage(from, to, version)
      // All of it goes into the one file that is then moved.
      to.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      return { salvaged, copy }
    } finally {
      to.close()
    }
  } finally {
    from.close()
  }
}

function versionOf(db: Db): number | undefined {
  try {
    const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number }
    return version > 0 ? version : undefined
  } catch {
    return undefined
  }
}

function headerOf(path: string): string {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(plainHeader.length)
    readSync(file, bytes, 0, bytes.length, 0)
    return bytes.toString('latin1')
  } finally {
    closeSync(file)
  }
}

function moveAll(from: string, to: string): void {
  for (const ending of ['-wal', '-shm', ''])
    if (existsSync(`${from}${ending}`)) renameSync(`${from}${ending}`, `${to}${ending}`)
}

function forgetOldest(path: string): void {
  const files = readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.damaged-`))
  const moments = [...new Set(files.map((name) => name.replace(/-(wal|shm)$/, '')))].sort()
  for (const old of moments.slice(0, Math.max(0, moments.length - keptDamaged)))
    for (const ending of ['-wal', '-shm', '']) rmSync(join(dirname(path), `${old}${ending}`), { force: true })
}

/** What to do about an error of the disk. */
function advice(error: unknown): string {
  const { code = '', message = String(error) } = error as { code?: string; message?: string }
  const text = `${code} ${message}`
  if ([...noRoomCodes].some((known) => text.includes(known)) || /: 14\b|full|unable to open/i.test(message))
    return `expected a data file that can be written, received "${message}". Is there room on its disk, and may this user write there? Free some room or set dataDirectory; nothing was changed`
  return `expected a usable data file, received "${message}"`
}

import { hkdfSync, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

/** Where the key of the gateway's data lies: in a file, or in an environment variable. */
export const dataKeySchema = z.union([
  z.strictObject({ file: z.string().min(1) }),
  z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable') }),
])
export type DataKeyConfig = z.infer<typeof dataKeySchema>

/** The variable that holds the key where the configuration names none. */
export const usualKeyVariable = 'VITAL_EDGE_DATA_KEY'
const shortest = 16

/** A key that is missing, too short, or not that of the data. */
export class DataKeyError extends Error {
  override name = 'DataKeyError'
}

/**
 * The key of the gateway's data, without white space around it; undefined where none is configured: the data is then not
 * encrypted.
 *
 * @throws DataKeyError where one is configured and cannot be had
 */
export function readDataKey(config: DataKeyConfig | undefined, env: NodeJS.ProcessEnv): string | undefined {
  if (config !== undefined && 'file' in config)
    return checked(textOf(config.file).trim(), `dataKey.file: ${config.file}`)
  const name = config?.env ?? usualKeyVariable
  const key = env[name]?.trim()
  if (key !== undefined) return checked(key, `dataKey.env: ${name}`)
  if (config === undefined) return undefined
  throw new DataKeyError(`dataKey.env: expected the environment variable ${name}, received nothing`)
}

/** A key of 32 bytes for another use, such as sealing files, from which that of the data file cannot be told. */
export function derivedKey(key: string, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `vital-edge ${use}`, 32))
}

/**
 * Whether `key` is the one that `remember` was called with; undefined where none was remembered. A data file alone cannot
 * tell a wrong key from damage.
 */
export function isRememberedKey(file: string, key: string): boolean | undefined {
  if (!existsSync(file)) return undefined
  const [salt = '', hash = ''] = textOf(file).trim().split(':')
  const [expected, received] = [Buffer.from(hash, 'hex'), hashOf(key, salt)]
  return expected.length === received.length && timingSafeEqual(expected, received)
}

/** Writes down what `key` can be recognised by, and not the key. */
export function rememberKey(file: string, key: string): void {
  const salt = randomBytes(16).toString('hex')
  writeFileSync(file, `${salt}:${hashOf(key, salt).toString('hex')}\n`, { mode: 0o600 })
}

function hashOf(key: string, salt: string): Buffer {
  return scryptSync(key, Buffer.from(salt, 'hex'), 32)
}

function checked(key: string, where: string): string {
  if (key.length >= shortest) return key
  throw new DataKeyError(`${where}: expected a key of at least ${shortest} characters, received ${key.length}`)
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new DataKeyError(
      `${file}: expected a readable file (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
    )
  }
}

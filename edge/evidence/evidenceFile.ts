import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzipSync, gzip } from 'node:zlib'
import { z } from 'zod'
import { evidenceSchema, evidenceVersion, type Evidence } from './evidence.ts'
import { isSealed, open, seal } from './seal.ts'

/**
 * The first of two JSON lines; the second is the evidence. Both are compressed (gzip) and, with a key, sealed.
 */
const headerSchema = z.looseObject({
  format: z.literal('vital-edge-evidence'),
  schemaVersion: z.int(),
  /** Of the second line, hexadecimal. */
  sha256: z.string(),
})

/** More than any evidence comes to, unpacked, bytes. */
const longest = 256 * 1024 * 1024

/** A file that is no evidence, or not readable by this program. */
export class EvidenceError extends Error {
  override name = 'EvidenceError'
}

const compress = promisify(gzip)

/** @param key 32 bytes; absent: not sealed */
export async function encodeEvidence(evidence: Evidence, key?: Buffer): Promise<Buffer> {
  const body = JSON.stringify(evidence)
  const header = {
    format: 'vital-edge-evidence',
    schemaVersion: evidenceVersion,
    sha256: sha256(body),
  }
  const packed = await compress(`${JSON.stringify(header)}\n${body}\n`)
  return key === undefined ? packed : seal(packed, key)
}

/**
 * Reads and checks the bytes of a file. @param name for messages
 * @throws EvidenceError that says what was expected and what came
 */
export function decodeEvidence(bytes: Buffer, name: string, key?: Buffer): Evidence {
  const wrong = (expected: string, received: string): never => {
    throw new EvidenceError(`${name}: expected ${expected}, received ${received}`)
  }
  if (isSealed(bytes) && key === undefined) wrong('a key, as this evidence is sealed', 'none')
  const packed = isSealed(bytes) ? open(bytes, key!) : bytes
  if (packed === undefined) return wrong('the key that it was sealed with, and undamaged bytes', 'something else')
  const [head = '', body = ''] = unpacked().split('\n')
  const header = headerSchema.safeParse(parsed(head))
  if (!header.success) return wrong('evidence', 'something else')
  const { schemaVersion, sha256: promised } = header.data
  if (schemaVersion !== evidenceVersion)
    wrong(
      `schemaVersion ${evidenceVersion}`,
      `${schemaVersion}${schemaVersion > evidenceVersion ? ' (from a newer program)' : ''}`,
    )
  if (sha256(body) !== promised) wrong(`content of SHA-256 ${promised}`, sha256(body))
  const read = evidenceSchema.safeParse(parsed(body))
  if (read.success) return read.data
  const [issue] = read.error.issues
  return wrong(`evidence of schemaVersion ${evidenceVersion}`, `${issue?.path.join('.')}: ${issue?.message}`)

  function unpacked(): string {
    try {
      return gunzipSync(packed!, { maxOutputLength: longest }).toString('utf8')
    } catch (error) {
      return wrong(
        'an undamaged file of evidence',
        `${bytes.length} bytes that do not unpack (${(error as Error).message})`,
      )
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

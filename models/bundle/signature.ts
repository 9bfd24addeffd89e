import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { z } from 'zod'

/**
 * Ed25519 (RFC 8032) over a bundle's hash, as 64 hexadecimal digits in ASCII. The public key comes with it so that damage shows
 * without any other file; whom to trust is decided by the key that is configured, never by this one.
 */
export const signatureSchema = z.strictObject({
  algorithm: z.literal('Ed25519'),
  /** First 16 hexadecimal digits of SHA-256 over the public key as below. */
  keyId: z.string().regex(/^[0-9a-f]{16}$/, '16 hexadecimal digits'),
  /** DER (SubjectPublicKeyInfo, RFC 8410), hexadecimal. */
  publicKey: z.string().regex(/^[0-9a-f]{88}$/, '88 hexadecimal digits'),
  value: z.string().regex(/^[0-9a-f]{128}$/, '128 hexadecimal digits'),
})
export type Signature = z.infer<typeof signatureSchema>

/** @throws TypeError where the key is no private Ed25519 key. */
export function signHash(hash: string, privateKey: KeyObject): Signature {
  if (privateKey.type !== 'private' || privateKey.asymmetricKeyType !== 'ed25519') {
    throw new TypeError(`key: expected a private Ed25519 key, received ${nameOf(privateKey)}`)
  }
  const publicKey = createPublicKey(privateKey)
  return {
    algorithm: 'Ed25519',
    keyId: keyIdOf(publicKey),
    publicKey: derOf(publicKey).toString('hex'),
    value: sign(null, Buffer.from(hash, 'ascii'), privateKey).toString('hex'),
  }
}

/** What is wrong with a signature: a field, what was expected there and what came; undefined if it is right. */
export function signatureProblem(
  signature: Signature,
  hash: string,
): { field: string; expected: string; received: string } | undefined {
  const der = Buffer.from(signature.publicKey, 'hex')
  const keyId = idOf(der)
  if (keyId !== signature.keyId) {
    return { field: 'signature.keyId', expected: `${keyId}, by the public key`, received: signature.keyId }
  }
  let publicKey: KeyObject
  try {
    publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' })
  } catch {
    return { field: 'signature.publicKey', expected: 'an Ed25519 key', received: signature.publicKey }
  }
  const right =
    publicKey.asymmetricKeyType === 'ed25519' &&
    verify(null, Buffer.from(hash, 'ascii'), publicKey, Buffer.from(signature.value, 'hex'))
  if (right) return undefined
  return { field: 'signature.value', expected: `a signature of ${hash} by ${keyId}`, received: signature.value }
}

/** Names a public key: first 16 hexadecimal digits of SHA-256 over its DER form. */
export function keyIdOf(publicKey: KeyObject): string {
  return idOf(derOf(publicKey))
}

/** Reads a private Ed25519 key, PEM (PKCS #8). @throws Error naming the file. */
export async function readPrivateKey(file: string): Promise<KeyObject> {
  return readKey(file, 'private', createPrivateKey)
}

/** Reads a public Ed25519 key, PEM; of a file with a private key its public half. @throws Error naming the file. */
export async function readPublicKey(file: string): Promise<KeyObject> {
  return readKey(file, 'public', createPublicKey)
}

async function readKey(file: string, half: 'private' | 'public', parse: (pem: string) => KeyObject) {
  const expected = `expected a ${half} Ed25519 key as PEM`
  let key: KeyObject
  try {
    key = parse(await readFile(file, 'utf8'))
  } catch (error) {
    // Never the content: it may be a secret.
    const why = (error as NodeJS.ErrnoException).code ?? 'something else'
    throw new Error(`key ${file}: ${expected}, received ${why}`)
  }
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`key ${file}: ${expected}, received ${nameOf(key)}`)
  return key
}

function derOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' })
}

function idOf(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('hex').slice(0, 16)
}

function nameOf(key: KeyObject): string {
  return `a ${key.type} ${key.asymmetricKeyType ?? ''} key`.replace('  ', ' ')
}

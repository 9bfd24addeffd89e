import { execFileSync } from 'node:child_process'
import { createHash, generateKeyPairSync, verify } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { sha256 } from './hash.ts'
import { keyIdOf, readPrivateKey, readPublicKey, signatureProblem, signatureSchema, signHash } from './signature.ts'

const directory = mkdtempSync(join(tmpdir(), 'vital-edge-keys-'))
afterAll(() => rmSync(directory, { recursive: true }))
const hash = sha256('a manifest')

function file(name: string, content: string): string {
  writeFileSync(join(directory, name), content)
  return join(directory, name)
}

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

describe('signatures', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')

  test('are over the hash as ASCII, and name the key by its DER form', () => {
    const signature = signatureSchema.parse(signHash(hash, privateKey))
    expect(verify(null, Buffer.from(hash), publicKey, Buffer.from(signature.value, 'hex'))).toBe(true)
    const der = publicKey.export({ format: 'der', type: 'spki' })
    expect(signature.keyId).toBe(createHash('sha256').update(der).digest('hex').slice(0, 16))
    expect(keyIdOf(publicKey)).toBe(signature.keyId)
    expect(signatureProblem(signature, hash)).toBeUndefined()
  })

  test('what is wrong is named', () => {
    const signature = signHash(hash, privateKey)
    expect(signatureProblem(signature, sha256('another'))?.field).toBe('signature.value')
    expect(signatureProblem({ ...signature, keyId: '0'.repeat(16) }, hash)?.field).toBe('signature.keyId')
    const nonsense = '00'.repeat(44)
    const keyId = createHash('sha256').update(Buffer.from(nonsense, 'hex')).digest('hex').slice(0, 16)
    expect(signatureProblem({ ...signature, keyId, publicKey: nonsense }, hash)?.field).toBe('signature.publicKey')
  })

  test('only Ed25519 keys are taken, and an error never shows what the file holds', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
    expect(() => signHash(hash, rsa.privateKey)).toThrow('expected a private Ed25519 key, received a private rsa key')
    expect(() => signHash(hash, publicKey)).toThrow('received a public ed25519 key')
    const pem = (key: typeof privateKey, type: 'pkcs8' | 'spki') => key.export({ format: 'pem', type }) as string
    await expect(readPrivateKey(file('rsa', pem(rsa.privateKey, 'pkcs8')))).rejects.toThrow('a private rsa key')
    await expect(readPrivateKey(file('public', pem(publicKey, 'spki')))).rejects.toThrow(
      'expected a private Ed25519 key',
    )
    const broken = readPublicKey(file('broken', 'hunter2'))
    await expect(broken).rejects.toThrow('expected a public Ed25519 key as PEM')
    await expect(broken).rejects.not.toThrow('hunter2')
    await expect(readPublicKey(join(directory, 'none'))).rejects.toThrow('ENOENT')
  })

  const openssl = hasOpenssl()
  test.skipIf(!openssl)(
    openssl ? 'keys that openssl makes are read' : 'keys that openssl makes are read (skipped: no openssl)',
    async () => {
      const [key, pub] = [join(directory, 'key.pem'), join(directory, 'pub.pem')]
      execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', key])
      execFileSync('openssl', ['pkey', '-in', key, '-pubout', '-out', pub])
      const signature = signHash(hash, await readPrivateKey(key))
      expect(signature.keyId).toBe(keyIdOf(await readPublicKey(pub)))
      expect(keyIdOf(await readPublicKey(key))).toBe(signature.keyId)
    },
  )
})

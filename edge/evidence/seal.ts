import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** "VESEAL1" and a zero: AES-256-GCM, 12 bytes of nonce, 16 bytes of tag, the ciphertext. */
const magic = Buffer.from('VESEAL1\0', 'latin1')
const nonceBytes = 12
const tagBytes = 16

/** @param key 32 bytes */
export function seal(plain: Buffer, key: Buffer): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([magic, nonce, cipher.getAuthTag(), sealed])
}

/** Undefined where the key is another one, or the bytes are not those that were sealed. */
export function open(bytes: Buffer, key: Buffer): Buffer | undefined {
  const [nonceAt, tagAt] = [magic.length, magic.length + nonceBytes]
  const sealedAt = tagAt + tagBytes
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(nonceAt, tagAt), { authTagLength: tagBytes })
    decipher.setAuthTag(bytes.subarray(tagAt, sealedAt))
    return Buffer.concat([decipher.update(bytes.subarray(sealedAt)), decipher.final()])
  } catch {
    return undefined
  }
}

export function isSealed(bytes: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic)
}

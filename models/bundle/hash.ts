import { createHash } from 'node:crypto'

/** JSON with sorted keys and without blanks; what is undefined is left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`
}

/** SHA-256 over a manifest without its hash and signature; covers the weights through their own hash. Hexadecimal. */
export function manifestHash(manifest: object): string {
  return sha256(canonicalJson({ ...manifest, hash: undefined, signature: undefined }))
}

export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex')
}

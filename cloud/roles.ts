import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'

/** Each may do what those before it may. A viewer sees; a responder answers alarms; an admin also provisions and erases. */
export const roles = ['viewer', 'responder', 'admin'] as const
export type Role = (typeof roles)[number]

/** Who sent a request, as far as a token tells. */
export interface Caller {
  /** The token's, not the person's: several may share a tablet. */
  name: string
  role: Role
}

export function mayActAs(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed)
}

/** One more token, of which the configuration holds only the hash. */
export const tokenSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, '1 to 64 letters, digits, ".", "_", "-"'),
  role: z.enum(roles),
  hash: z.string().regex(/^sha256:[0-9a-f]{64}$/, '"sha256:" and 64 hexadecimal digits, as "vital-edge token" prints'),
})
export type TokenOptions = z.infer<typeof tokenSchema>

/** Name of `http.token`, which stands in the configuration itself. */
const mainToken = 'http.token'

/**
 * A token of 256 random bits and its hash. A plain SHA-256 is enough for those: nobody can try so many, unlike with a
 * password that a person chose.
 */
export function makeToken(): { token: string; hash: string } {
  const token = randomBytes(32).toString('base64url')
  return { token, hash: hashOf(token) }
}

export function hashOf(token: string): string {
  return `sha256:${createHash('sha256').update(token).digest('hex')}`
}

/** All tokens of a configuration; without one, nobody need log in. */
export function tokensOf(http: {
  token?: string | undefined
  tokens?: readonly TokenOptions[] | undefined
}): TokenOptions[] {
  const main = http.token === undefined ? [] : [{ name: mainToken, role: 'admin' as const, hash: hashOf(http.token) }]
  return [...main, ...(http.tokens ?? [])]
}

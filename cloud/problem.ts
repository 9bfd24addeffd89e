import type { z } from 'zod'

/** Something that went wrong with a request, as the API tells it: `{ error, detail }` with a status. */
export class Problem extends Error {
  readonly status: number
  readonly error: string

  constructor(status: number, error: string, detail: string) {
    super(detail)
    this.status = status
    this.error = error
  }
}

/**
 * Reads outside data by a schema.
 *
 * @param where first part of each path in the message: `query`, `body`
 * @throws Problem 400 with one line an issue: `body.by: expected string, received nothing`
 */
export function check<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const lines = result.error.issues.map((issue) => {
    const path = [where, ...issue.path.map(String)].join('.')
    return `${path}: ${expectation(issue)}, received ${received(value, issue.path)}`
  })
  throw new Problem(400, 'invalid', lines.join('; '))
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `expected ${issue.expected}`
  if (issue.code === 'unrecognized_keys')
    return `expected no other keys than the documented ones (${issue.keys.join(', ')})`
  return `expected ${issue.message.replace(/^Invalid (input|option|string): expected /, '').replace(/^Invalid /, 'a valid ')}`
}

function received(value: unknown, path: readonly PropertyKey[]): string {
  const found = path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key],
    value,
  )
  return found === undefined ? 'nothing' : (JSON.stringify(found) ?? typeof found).slice(0, 80)
}

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
  throw new Problem(400, 'invalid', describe(result.error, value, where).join('; '))
}

/** One line an issue: its path (below `where`, if there is one), what was expected, what came. */
export function describe(error: z.ZodError, value: unknown, where?: string): string[] {
  return error.issues.map((issue) => {
    const path = [...(where === undefined ? [] : [where]), ...issue.path.map(String)].join('.')
    return `${path}: ${expectation(issue)}, received ${received(value, issue.path)}`
  })
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `expected ${issue.expected}`
  if (issue.code === 'unrecognized_keys')
    return `expected no other keys than the documented ones (${issue.keys.join(', ')})`
  if (issue.code === 'too_small' && issue.inclusive !== false)
    return `expected ${amount(issue.origin, 'at least', Number(issue.minimum))}`
  if (issue.code === 'too_big' && issue.inclusive !== false)
    return `expected ${amount(issue.origin, 'at most', Number(issue.maximum))}`
  return `expected ${issue.message.replace(/^Invalid (input|option|string): expected /, '').replace(/^Invalid /, 'a valid ')}`
}

function amount(origin: string, bound: 'at least' | 'at most', limit: number): string {
  const unit = { string: 'character', array: 'item' }[origin]
  return `${bound} ${limit}${unit === undefined ? '' : ` ${unit}${limit === 1 ? '' : 's'}`}`
}

function received(value: unknown, path: readonly PropertyKey[]): string {
  const found = path.reduce<unknown>(
    (inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key],
    value,
  )
  return found === undefined ? 'nothing' : (JSON.stringify(found) ?? typeof found).slice(0, 80)
}

import { readFileSync } from 'node:fs'
import { parseDocument } from 'yaml'
import type { z } from 'zod'

/** A configuration that cannot be used; the message has one line for each thing that is wrong. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

/**
 * Reads a YAML file, replaces `${NAME}` in its strings by the environment, and checks it against `schema`.
 *
 * @throws ConfigError naming, for every mistake, its path, what was expected and what came.
 */
export function loadConfigFile<T>(path: string, schema: z.ZodType<T>, env: NodeJS.ProcessEnv = process.env): T {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new ConfigError(
      `${path}: expected a readable YAML file (${(error as NodeJS.ErrnoException).code ?? String(error)})`,
    )
  }
  const document = parseDocument(text)
  const broken = document.errors[0]
  if (broken !== undefined) throw new ConfigError(`${path}: expected YAML: ${broken.message}`)
  return checkConfig(path, document.toJS() as unknown, schema, env)
}

/** The same for a value that is already in memory; `where` starts every line of the error. */
export function checkConfig<T>(
  where: string,
  value: unknown,
  schema: z.ZodType<T>,
  env: NodeJS.ProcessEnv = process.env,
): T {
  const missing: string[] = []
  const filled = fillFromEnvironment(value, env, missing, '')
  if (missing.length > 0) throw new ConfigError(missing.map((line) => `${where}: ${line}`).join('\n'))
  const result = schema.safeParse(filled)
  if (result.success) return result.data
  throw new ConfigError(
    describeIssues(result.error.issues, filled)
      .map((line) => `${where}: ${line}`)
      .join('\n'),
  )
}

/** One line an issue: `http.port: expected number, received "x"`. */
export function describeIssues(issues: readonly z.core.$ZodIssue[], value: unknown): string[] {
  return issues.map((issue) => {
    const at = pathText(issue.path)
    const came = received(valueAt(value, issue.path))
    switch (issue.code) {
      case 'invalid_type':
        return `${at}: expected ${issue.expected}, received ${came}`
      case 'unrecognized_keys':
        return `${at}: expected no other keys, received ${issue.keys.map((key) => `"${key}"`).join(', ')}`
      case 'invalid_value':
        return `${at}: expected ${issue.values.map((v) => JSON.stringify(v)).join(' or ')}, received ${came}`
      case 'too_small':
        return `${at}: expected ${issue.inclusive === false ? '>' : '>='} ${issue.minimum}, received ${came}`
      case 'too_big':
        return `${at}: expected ${issue.inclusive === false ? '<' : '<='} ${issue.maximum}, received ${came}`
      case 'invalid_union':
        return `${at}: expected one of its documented forms (${issue.message}), received ${came}`
      case 'invalid_format':
      case 'not_multiple_of':
      case 'invalid_key':
      case 'invalid_element':
      case 'custom':
        return `${at}: expected ${issue.message}, received ${came}`
    }
  })
}

function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return '(top level)'
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('')
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], value)
}

function received(value: unknown): string {
  if (value === undefined) return 'nothing'
  // Never the inside of a structure: it may be large, or nested beyond what can be written.
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

function fillFromEnvironment(value: unknown, env: NodeJS.ProcessEnv, missing: string[], path: string): unknown {
  if (typeof value === 'string')
    return value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string) => {
      const found = env[name]
      if (found !== undefined) return found
      missing.push(`${path}: expected the environment variable ${name}, received nothing`)
      return whole
    })
  if (Array.isArray(value))
    return value.map((item, index) => fillFromEnvironment(item, env, missing, `${path}[${index}]`))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        fillFromEnvironment(inner, env, missing, path === '' ? key : `${path}.${key}`),
      ]),
    )
  return value
}

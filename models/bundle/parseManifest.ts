import type { z } from 'zod'
import { BundleError } from './bundleError.ts'
import { bundleSchemaVersion, manifestSchema, type BundleManifest } from './manifest.ts'

export const manifestFile = 'bundle.json'
/** Longer values are cut in error messages. */
const mostShown = 80

/** @throws BundleError naming the first field that does not fit. */
export function parseManifest(directory: string, text: string): BundleManifest {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new BundleError(directory, manifestFile, 'JSON', error instanceof Error ? error.message : error)
  }
  return checkManifest(directory, json)
}

/** Its fields in the schema's order. @throws BundleError naming the first field that does not fit. */
export function checkManifest(directory: string, value: unknown): BundleManifest {
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion
  if (Number.isInteger(version) && version !== bundleSchemaVersion) {
    const expected = `${bundleSchemaVersion}, the version of this program (a bundle's training.command makes it anew)`
    throw new BundleError(directory, 'schemaVersion', expected, version)
  }
  const result = manifestSchema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  throw new BundleError(
    directory,
    issue.path.join('.') || manifestFile,
    expectedOf(issue),
    shown(valueAt(value, issue.path)),
  )
}

/** The bytes that a manifest is written as. */
export function manifestBytes(manifest: object): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`)
}

function expectedOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected
    case 'invalid_value':
      return issue.values.map((value) => JSON.stringify(value)).join(' or ')
    case 'too_small':
      return `${issue.inclusive === false ? '>' : '>='} ${issue.minimum}${issue.origin === 'array' ? ' values' : ''}`
    case 'too_big':
      return `${issue.inclusive === false ? '<' : '<='} ${issue.maximum}${issue.origin === 'array' ? ' values' : ''}`
    case 'unrecognized_keys':
      return `no field ${issue.keys.join(', ')}`
    default:
      return issue.message
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], value)
}

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length <= mostShown ? text : `${text.slice(0, mostShown)}…`
}

import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { checkConfig, ConfigError } from './configFile.ts'

const schema = z.strictObject({
  http: z.strictObject({ port: z.int().min(0).max(65535), host: z.string() }),
  list: z.array(z.strictObject({ kind: z.enum(['a', 'b']) })).default([]),
})
const errorOf = (value: unknown, env = {}): string => {
  try {
    checkConfig('f.yaml', value, schema, env)
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
  return ''
}

describe('configuration', () => {
  it.each([
    [{ http: { port: 'x', host: 'h' } }, 'f.yaml: http.port: expected number, received "x"'],
    [{ http: { port: 70000, host: 'h' } }, 'f.yaml: http.port: expected <= 65535, received 70000'],
    [{ http: { port: 1, host: 'h', prot: 1 } }, 'f.yaml: http: expected no other keys, received "prot"'],
    [{ http: { port: 1 } }, 'f.yaml: http.host: expected string, received nothing'],
    [
      { http: { port: 1, host: 'h' }, list: [{ kind: 'c' }] },
      'f.yaml: list[0].kind: expected "a" or "b", received "c"',
    ],
    [null, 'f.yaml: (top level): expected object, received null'],
  ])('names path, what was expected and what came: %j', (value, message) => {
    expect(errorOf(value)).toBe(message)
  })

  it('names every mistake, a line each', () => {
    expect(errorOf({ http: { port: 'x' } }).split('\n')).toHaveLength(2)
  })

  it('takes ${NAME} from the environment and says which one is missing', () => {
    const value = { http: { port: 1, host: 'a-${HOST_PART}' } }
    expect(checkConfig('f', value, schema, { HOST_PART: 'b' }).http.host).toBe('a-b')
    expect(errorOf(value)).toBe('f.yaml: http.host: expected the environment variable HOST_PART, received nothing')
  })
})

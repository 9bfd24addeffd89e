import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { gatewayFileSchema, loadGatewayConfig } from './gateway.ts'

const example = fileURLToPath(new URL('../gateway.example.yaml', import.meta.url))

/** Every key that the schema knows, wherever it stands. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const properties = (schema as { properties?: object }).properties ?? {}
  return [...Object.keys(properties), ...Object.values(schema).flatMap(keysOf)]
}

describe('the example configuration', () => {
  it('loads', () => {
    expect(loadGatewayConfig(example)).toMatchObject({ gateway: 'gateway-01', http: { port: 8080 } })
  })

  it('names every option that there is', () => {
    const text = readFileSync(example, 'utf8')
    const keys = new Set(keysOf(z.toJSONSchema(gatewayFileSchema, { io: 'input' })))
    expect(keys.size).toBeGreaterThan(25)
    expect([...keys].filter((key) => !new RegExp(`\\b${key}:`).test(text))).toEqual([])
  })
})

import { generateKeyPairSync } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { signBundle } from '../../models/bundle.ts'
import { shippedBundle } from '../../models/shippedBundle.ts'
import { ConfigError } from '../configFile.ts'
import { gatewayFileSchema, loadGatewayConfig, loadModels } from './gateway.ts'

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

describe('the models of a gateway', () => {
  const directory = mkdtempSync(join(tmpdir(), 'vital-edge-models-'))
  afterAll(() => rmSync(directory, { recursive: true }))
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const modelPublicKey = join(directory, 'models.pub.pem')
  writeFileSync(modelPublicKey, publicKey.export({ format: 'pem', type: 'spki' }))
  const [model, vitalsModel, ppgModel] = ['ecg-beat', 'vitals', 'ppg-quality'].map((name) => {
    cpSync(shippedBundle(name), join(directory, name), { recursive: true })
    return join(directory, name)
  }) as [string, string, string]

  it('are those that ship with the program', async () => {
    const { bundle, vitalsBundle, ppgBundle } = await loadModels({})
    const names = [bundle, vitalsBundle, ppgBundle].map(({ manifest }) => manifest.name)
    expect(names).toEqual(['ecg-beat', 'vitals', 'ppg-quality'])
  })

  it('must all be signed where a public key is configured', async () => {
    await expect(loadModels({ model, vitalsModel, modelPublicKey })).rejects.toThrow(
      'signature: expected a signature by',
    )
    await signBundle(model, privateKey)
    await expect(loadModels({ model, modelPublicKey })).rejects.toThrow('signature: expected a signature by')
    await signBundle(vitalsModel, generateKeyPairSync('ed25519').privateKey)
    await expect(loadModels({ model, vitalsModel, modelPublicKey })).rejects.toThrow('received one by key')
    await signBundle(vitalsModel, privateKey)
    await expect(loadModels({ model, vitalsModel, modelPublicKey })).rejects.toThrow('ppg-quality')
    await signBundle(ppgModel, privateKey)
    const { bundle } = await loadModels({ model, vitalsModel, ppgModel, modelPublicKey })
    expect(bundle.manifest.signature).toBeDefined()
  })

  it('must be for what they are given; a key that cannot be read is a mistake of the configuration', async () => {
    await expect(loadModels({ model: vitalsModel })).rejects.toThrow(
      'inputSchema.kind: expected ecg-beat, received vitals',
    )
    await expect(loadModels({ modelPublicKey: join(directory, 'none.pem') })).rejects.toThrow(ConfigError)
  })
})

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BundleError, loadBundle, writeBundle } from './bundle.ts'
import type { BundleManifest } from './bundleManifest.ts'
import { ecgBeatInputLength } from './inputs/inputSchema.ts'
import { bytesToFloat32 } from './inputs/typedArrays.ts'
import { shippedBundle } from './shippedBundle.ts'

const shipped = shippedBundle('ecg-beat')
let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vital-edge-bundle-'))
  await cp(shipped, directory, { recursive: true })
})
afterEach(() => rm(directory, { recursive: true }))

async function fieldRefused(): Promise<string> {
  const error = await loadBundle(directory).then(
    () => new Error('it was loaded'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof BundleError)) throw error
  expect(error.message).toContain(`${error.field}: expected `)
  expect(error.message).toContain('received ')
  return error.field
}

async function changeManifest(change: (manifest: BundleManifest & Record<string, unknown>) => void): Promise<void> {
  const file = join(directory, 'bundle.json')
  const manifest = JSON.parse(await readFile(file, 'utf8')) as BundleManifest & Record<string, unknown>
  change(manifest)
  await writeFile(file, JSON.stringify(manifest))
}

describe('loadBundle', () => {
  test('the shipped model loads, scores, and has learnt nothing of the records kept for tests', async () => {
    const { manifest, hash, scorer } = await loadBundle(shipped)
    expect(hash).toBe(manifest.hash)
    expect(scorer.inputLength).toBe(ecgBeatInputLength)
    expect(scorer.score(new Float32Array(ecgBeatInputLength))?.score).toBeGreaterThan(0)
    for (const record of ['mitdb/119', 'mitdb/208']) {
      expect(manifest.training.records).not.toContain(record)
      expect(manifest.training.persons).not.toContain(record)
    }
  })

  test('writing what was loaded gives the same bytes', async () => {
    const { manifest } = await loadBundle(shipped)
    const { hash, weightsSha256, ...unhashed } = manifest
    const again = join(directory, 'again')
    const written = await writeBundle(again, unhashed, bytesToFloat32(await readFile(join(shipped, 'weights.bin'))))
    expect([written.hash, written.manifest.weightsSha256]).toEqual([hash, weightsSha256])
    for (const file of ['bundle.json', 'weights.bin']) {
      expect(await readFile(join(again, file))).toEqual(await readFile(join(shipped, file)))
    }
  })

  test.each<[string, (manifest: BundleManifest & Record<string, unknown>) => void]>([
    ['schemaVersion', (m) => Object.assign(m, { schemaVersion: 2 })],
    ['inputSchema.unit', (m) => (m.inputSchema.unit = 'uV')],
    ['inputSchema.rateHz', (m) => (m.inputSchema.rateHz = 250)],
    ['inputSchema.filter', (m) => (m.inputSchema.filter = 'none')],
    ['inputSchema.features', (m) => m.inputSchema.features.pop()],
    ['architecture.inputs', (m) => (m.architecture.inputs = 140)],
    ['scaler.weight length', (m) => m.scaler.weight.pop()],
    ['weights.bin length', (m) => (m.architecture.hidden = [16, 8, 16])],
    ['threshold.value', (m) => (m.threshold.value = -1)],
    ['hash', (m) => (m.threshold.value += 1e-9)],
    ['bundle.json', (m) => (m['comment'] = 'an unknown key')],
  ])('a changed %s stops the load with an error that names it', async (field, change) => {
    await changeManifest(change)
    expect(await fieldRefused()).toBe(field)
  })

  test('a single changed bit anywhere in the weights is found', async () => {
    const file = join(directory, 'weights.bin')
    const bytes = await readFile(file)
    for (const at of [0, bytes.length >> 1, bytes.length - 1]) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 1
      await writeFile(file, changed)
      expect(await fieldRefused()).toBe('weightsSha256')
    }
  })

  test('a missing or broken file is named', async () => {
    await writeFile(join(directory, 'bundle.json'), '{ "schemaVersion": 1,')
    expect(await fieldRefused()).toBe('bundle.json')
    await rm(join(directory, 'bundle.json'))
    expect(await fieldRefused()).toBe('bundle.json')
    await cp(join(shipped, 'bundle.json'), join(directory, 'bundle.json'))
    await rm(join(directory, 'weights.bin'))
    expect(await fieldRefused()).toBe('weights.bin')
  })

  test('weights that are not numbers do not run, although their hash is right', async () => {
    const { manifest } = await loadBundle(shipped)
    const weights = bytesToFloat32(await readFile(join(shipped, 'weights.bin')))
    weights[7] = NaN
    await expect(writeBundle(directory, manifest, weights)).rejects.toThrow('weights.bin[7]: expected a finite number')
  })
})

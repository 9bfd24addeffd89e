import { generateKeyPairSync } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BundleError, loadBundle, type BundleDemands, signBundle, writeBundle } from './bundle.ts'
import type { BundleManifest } from './bundle/manifest.ts'
import { ecgBeatInputLength } from './inputs/inputSchema.ts'
import { shippedBundle } from './shippedBundle.ts'

const shipped = shippedBundle('ecg-beat')
let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vital-edge-bundle-'))
  await cp(shipped, directory, { recursive: true })
})
afterEach(() => rm(directory, { recursive: true }))

async function fieldRefused(demands: BundleDemands = {}): Promise<string> {
  const error = await loadBundle(directory, demands).then(
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

/** The graph of the shipped autoencoder. */
function graphOf({ model }: BundleManifest) {
  if (model.kind !== 'autoencoder') throw new Error(`expected an autoencoder, received ${model.kind}`)
  return model.graph
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

  test('writing what was loaded gives the same bytes, also when its fields come in another order', async () => {
    const { manifest, hash, parameters } = await loadBundle(shipped)
    const { weightsSha256, ...unhashed } = manifest
    const backwards = Object.fromEntries(Object.entries(unhashed).reverse()) as typeof unhashed
    const again = join(directory, 'again')
    const written = await writeBundle(again, backwards, parameters)
    expect([written.hash, written.manifest.weightsSha256]).toEqual([hash, weightsSha256])
    expect(await readdir(again)).toEqual(['bundle.json', 'weights.bin'])
    for (const file of ['bundle.json', 'weights.bin']) {
      expect(await readFile(join(again, file))).toEqual(await readFile(join(shipped, file)))
    }
  })

  test.each<[string, (manifest: BundleManifest & Record<string, unknown>) => void]>([
    ['schemaVersion', (m) => Object.assign(m, { schemaVersion: 1 })],
    ['inputSchema.kind', (m) => Object.assign(m.inputSchema, { kind: 'eeg' })],
    ['inputSchema.kind', (m) => Reflect.deleteProperty(m.inputSchema, 'kind')],
    ['inputSchema.signals', (m) => Object.assign(m.inputSchema, { kind: 'vitals' })],
    ['inputSchema.unit', (m) => (m.inputSchema['unit'] = 'uV')],
    ['inputSchema.rateHz', (m) => (m.inputSchema['rateHz'] = 250)],
    ['inputSchema.filter', (m) => Reflect.deleteProperty(m.inputSchema, 'filter')],
    ['inputSchema.gain', (m) => (m.inputSchema['gain'] = 1)],
    ['inputSchema.features', (m) => (m.inputSchema['features'] as string[]).pop()],
    ['units.ecg', (m) => (m.units['ecg'] = 'uV')],
    ['units.ppg', (m) => (m.units['ppg'] = '1')],
    ['model.kind', (m) => Object.assign(m.model, { kind: 'oracle' })],
    ['model.graph.input', (m) => Object.assign(graphOf(m), { input: [140] })],
    ['model.graph.layers.0.units', (m) => Object.assign(graphOf(m).layers[0]!, { units: 1e9 })],
    ['model.graph', (m) => graphOf(m).layers.pop()],
    ['scaler.weight length', (m) => m.scaler.weight.pop()],
    ['scaler.scale.3', (m) => (m.scaler.scale[3] = 0)],
    ['weights.bin length', (m) => Object.assign(graphOf(m).layers[0]!, { units: 16 })],
    ['threshold.value', (m) => (m.threshold.value = -1)],
    ['calibrationScores.score length', (m) => m.calibrationScores.score.pop()],
    ['calibrationScores.score.5', (m) => (m.calibrationScores.score[5] = 0)],
    ['driftReference.segments.U', (m) => (m.driftReference.segments['U'] = m.driftReference.score)],
    ['quality', (m) => Reflect.deleteProperty(m, 'quality')],
    ['card.limits', (m) => (m.card.limits = [])],
    ['weightsSha256', (m) => (m.weightsSha256 = m.hash)],
    ['hash', (m) => (m.threshold.value += 1e-9)],
    ['hash', (m) => (m.card.purpose += '!')],
    ['hash', (m) => m.training.records.pop()],
    ['bundle.json', (m) => (m['comment'] = 'an unknown key')],
    // The same content, but not the bytes that were written.
    ['bundle.json', () => {}],
  ])('a changed %s stops the load with an error that names it', async (field, change) => {
    await changeManifest(change)
    expect(await fieldRefused()).toBe(field)
  })

  test('a bundle of an older program says how it is made anew', async () => {
    await changeManifest((manifest) => Object.assign(manifest, { schemaVersion: 1 }))
    await expect(loadBundle(directory)).rejects.toThrow(
      "schemaVersion: expected 2, the version of this program (a bundle's training.command makes it anew), received 1",
    )
  })

  test('a bundle that was being replaced when the program ended is the one before or the one after', async () => {
    const { manifest, hash, parameters } = await loadBundle(directory)
    const next = join(directory, 'next')
    const other = Float32Array.from(parameters, (value) => value / 2)
    const written = await writeBundle(next, manifest, other)
    const place = (from: string, to: string) => cp(join(next, from), join(directory, to))
    // In the order of writing.
    await place('weights.bin', 'weights.bin.new')
    await place('bundle.json', 'bundle.json.new')
    expect((await loadBundle(directory)).hash).toBe(hash)
    await place('bundle.json', 'bundle.json')
    expect((await loadBundle(directory)).hash).toBe(written.hash)
    // Also where the next one is cut short in its turn: it does not lose the weights that wait.
    const third = await writeBundle(
      join(directory, 'third'),
      manifest,
      parameters.map((value) => value / 4),
    )
    await rm(join(directory, 'bundle.json.new'))
    await mkdir(join(directory, 'bundle.json.new'))
    await expect(writeBundle(directory, third.manifest, third.parameters)).rejects.toThrow()
    expect((await loadBundle(directory)).hash).toBe(written.hash)
    await rm(join(directory, 'bundle.json.new'), { recursive: true })
    expect((await writeBundle(directory, third.manifest, third.parameters)).hash).toBe(third.hash)
    expect((await loadBundle(directory)).hash).toBe(third.hash)
  })

  test('a bundle for another kind of input than wanted does not load', async () => {
    expect(await fieldRefused({ kind: 'vitals' })).toBe('inputSchema.kind')
    expect((await loadBundle(directory, { kind: 'ecg-beat' })).manifest.name).toBe('ecg-beat')
  })

  test('a change to any byte of any file is found', async () => {
    await signBundle(directory, generateKeyPairSync('ed25519').privateKey)
    const files = await readdir(directory)
    const contents = new Map<string, Buffer>()
    for (const file of files) contents.set(file, await readFile(join(directory, file)))
    const place = fc.constantFrom(...files).chain((file) => {
      return fc.tuple(fc.constant(file), fc.nat(contents.get(file)!.length - 1), fc.integer({ min: 1, max: 255 }))
    })
    await fc.assert(
      fc.asyncProperty(place, async ([file, at, bits]) => {
        const original = contents.get(file)!
        const changed = Buffer.from(original)
        changed[at]! ^= bits
        await writeFile(join(directory, file), changed)
        await fieldRefused()
        await writeFile(join(directory, file), original)
      }),
      { numRuns: 150 },
    )
    await loadBundle(directory)
  })

  test('so is a byte too many or too few at the end of a file', async () => {
    for (const file of ['bundle.json', 'weights.bin']) {
      const original = await readFile(join(shipped, file))
      for (const changed of [original.subarray(0, -1), Buffer.concat([original, Buffer.from('\n')])]) {
        await writeFile(join(directory, file), changed)
        expect(await fieldRefused()).toContain(file)
      }
      await writeFile(join(directory, file), original)
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
    const { manifest, parameters } = await loadBundle(shipped)
    parameters[7] = NaN
    const out = join(directory, 'broken')
    await expect(writeBundle(out, manifest, parameters)).rejects.toThrow('weights.bin[7]: expected a finite number')
    await expect(readdir(out)).rejects.toThrow('ENOENT')
  })
})

describe('a baseline as a bundle', () => {
  test('is kept and scores like any network', async () => {
    const { manifest } = await loadBundle(shipped)
    const input = Float32Array.from({ length: ecgBeatInputLength }, (_, i) => manifest.scaler.mean[i]! + 0.1)
    const written = await writeBundle(directory, { ...manifest, model: { kind: 'z-score' } }, new Float32Array())
    const { hash, scorer } = await loadBundle(directory)
    expect(hash).toBe(written.hash)
    const byHand = manifest.scaler.weight.reduce((sum, w, i) => sum + w * (0.1 / manifest.scaler.scale[i]!) ** 2, 0)
    expect(scorer.score(input)!.score).toBeCloseTo(byHand, 4)
  })
})

describe('signatures', () => {
  const ours = generateKeyPairSync('ed25519')
  const theirs = generateKeyPairSync('ed25519')

  test('signing keeps the hash, and the bundle loads with the public key and without', async () => {
    const { hash } = await loadBundle(shipped)
    const signed = await signBundle(directory, ours.privateKey)
    expect(signed.hash).toBe(hash)
    expect(signed.manifest.signature!.keyId).toMatch(/^[0-9a-f]{16}$/)
    for (const demands of [{}, { publicKey: ours.publicKey }]) {
      expect((await loadBundle(directory, demands)).hash).toBe(hash)
    }
  })

  test('with a public key, an unsigned bundle and one that another key has signed do not load', async () => {
    expect(await fieldRefused({ publicKey: ours.publicKey })).toBe('signature')
    await signBundle(directory, theirs.privateKey)
    expect(await fieldRefused({ publicKey: ours.publicKey })).toBe('signature')
    await signBundle(directory, ours.privateKey)
    await loadBundle(directory, { publicKey: ours.publicKey })
  })

  test('a signature for another content does not fit, whoever made it', async () => {
    const { manifest, parameters } = await signBundle(directory, ours.privateKey)
    const { threshold } = manifest
    const other = await writeBundle(directory, { ...manifest, threshold: { ...threshold, value: 99 } }, parameters)
    expect(other.manifest.signature).toBeUndefined()
    await changeManifest((m) => (m.signature = manifest.signature))
    expect(await fieldRefused()).toBe('signature.value')
  })

  test('what another key has signed does not pass under our key id', async () => {
    const { manifest } = await signBundle(directory, ours.privateKey)
    await signBundle(directory, theirs.privateKey)
    await changeManifest((m) => (m.signature!.keyId = manifest.signature!.keyId))
    expect(await fieldRefused({ publicKey: ours.publicKey })).toBe('signature.keyId')
    await changeManifest((m) => (m.signature!.publicKey = manifest.signature!.publicKey))
    expect(await fieldRefused({ publicKey: ours.publicKey })).toBe('signature.value')
  })
})

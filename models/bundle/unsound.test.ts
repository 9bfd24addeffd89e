import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { BundleError, loadBundle, writeBundle } from '../bundle.ts'
import { ecgBeatInputLength } from '../inputs/inputSchema.ts'
import { shippedBundle } from '../shippedBundle.ts'
import type { UnhashedManifest } from './manifest.ts'

const { manifest, parameters } = await loadBundle(shippedBundle('ecg-beat'))
const inputs = ecgBeatInputLength
let directory: string
beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'vital-edge-unsound-'))))
afterEach(() => rm(directory, { recursive: true }))

type Content = { manifest: UnhashedManifest; parameters: Float32Array }
const all = (value: number) => new Array<number>(inputs).fill(value)
const withModel = (model: object, parameters: Float32Array = new Float32Array()): Content => ({
  manifest: { ...structuredClone(manifest), model: model as UnhashedManifest['model'] },
  parameters,
})
const withScaler = (scaler: Partial<UnhashedManifest['scaler']>): Content => ({
  manifest: { ...structuredClone(manifest), scaler: { ...manifest.scaler, ...scaler } },
  parameters,
})
const autoencoder = (...layers: object[]) => ({
  kind: 'autoencoder',
  architecture: 'convolutional',
  graph: { input: [inputs], layers },
})
const dense = (units: number) => ({ kind: 'dense', units, activation: 'linear' })
const normalisation = (variance: number) =>
  Float32Array.from({ length: 4 * inputs }, (_, i) => (i < 3 * inputs ? 0.5 : variance))
test.each<[string, Content]>([
  ['scaler.scale.0', withScaler({ scale: all(1e300) })],
  ['scaler.scale.0', withScaler({ scale: all(1e-300) })],
  ['scaler.mean.0', withScaler({ mean: all(-1e300) })],
  ['scaler.weight.0', withScaler({ weight: all(1e39) })],
  ['scaler.weight', withScaler({ weight: all(0) })],
  // It says of any window that it is what was expected.
  ['model: score of a window 1000 scales away', withScaler({ weight: all(1e-12) })],
  [
    'model: score of the mean window',
    withModel(autoencoder(dense(1), dense(inputs)), new Float32Array(3 * inputs + 1).fill(3e38)),
  ],
  [
    'model.graph.layers.0 (batchNormalization) variances',
    withModel(autoencoder({ kind: 'batchNormalization', epsilon: 1e-3 }), normalisation(-0.1)),
  ],
  // Few weights, and yet gigabytes and minutes a window.
  [
    'model.graph',
    withModel(
      autoencoder(
        { kind: 'repeatVector', times: 16e6 },
        { kind: 'conv1d', filters: 1, kernelSize: 1, strides: 16e6, activation: 'linear' },
        dense(inputs),
        { kind: 'reshape', shape: [inputs] },
      ),
    ),
  ],
])('a model that cannot tell is refused by %s', async (field, { manifest, parameters }) => {
  const refused = await writeBundle(directory, manifest, parameters).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(BundleError)
  expect((refused as BundleError).field).toBe(field)
})

test('a pair of networks of which neither counts is refused', async () => {
  const { graph } = { graph: { input: [inputs], layers: [dense(inputs)] } }
  const model = { kind: 'adversarial', autoencoder: graph, second: graph, alpha: 0, beta: 0, range: 4 }
  const { manifest, parameters } = withModel(model, new Float32Array(2 * inputs * (inputs + 1)))
  await expect(writeBundle(directory, manifest, parameters)).rejects.toThrow(
    'model.alpha: expected alpha or beta above 0',
  )
})

import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { denseAutoencoder } from './architectures/dense.ts'
import { type BundleManifest, canonicalJson, manifestSchema, type UnhashedManifest } from './bundleManifest.ts'
import { reconstructorOf } from './engine/network.ts'
import { typescriptNetwork } from './engine/typescriptNetwork.ts'
import { weightCount } from './graph/graph.ts'
import { ecgBeatInput, ecgBeatInputLength, ecgBeatSegments } from './inputs/inputSchema.ts'
import { bytesToFloat32, float32ToBytes } from './inputs/typedArrays.ts'
import { Scorer } from './scorer.ts'

const manifestFile = 'bundle.json'
const weightsFile = 'weights.bin'

/** A model that fits this program: checked, and ready to score. */
export interface Bundle {
  manifest: BundleManifest
  /** SHA-256 over manifest and weights, hexadecimal: what evidence refers to. */
  hash: string
  scorer: Scorer
}

/** A bundle that must not run; says which field, what was expected there and what came. */
export class BundleError extends Error {
  readonly field: string

  constructor(directory: string, field: string, expected: string | number, received: unknown) {
    super(`bundle ${directory}: ${field}: expected ${expected}, received ${String(received)}`)
    this.name = 'BundleError'
    this.field = field
  }
}

/**
 * Reads and checks a bundle folder: schema, input schema, weights and hashes. Input schema before hashes, so that a bundle for
 * another unit says so.
 * @throws BundleError for whatever does not fit; a model that does not fit does not run.
 */
export async function loadBundle(directory: string): Promise<Bundle> {
  const manifest = await readManifest(directory)
  checkInput(directory, manifest)
  const bytes = await readPart(directory, weightsFile)
  const fail = (field: string, expected: string | number, received: unknown) => {
    throw new BundleError(directory, field, expected, received)
  }
  const expectedBytes = weightCount(graphOf(manifest)) * 4
  if (bytes.length !== expectedBytes) fail(`${weightsFile} length`, `${expectedBytes} bytes`, bytes.length)
  const weightsHash = sha256(bytes)
  if (weightsHash !== manifest.weightsSha256) fail('weightsSha256', manifest.weightsSha256, weightsHash)
  const hash = manifestHash(manifest)
  if (hash !== manifest.hash) fail('hash', manifest.hash, hash)
  const weights = bytesToFloat32(bytes)
  const broken = weights.findIndex((value) => !Number.isFinite(value))
  if (broken >= 0) fail(`${weightsFile}[${broken}]`, 'a finite number', weights[broken])
  return { manifest, hash, scorer: createScorer(manifest, weights) }
}

/** Writes a bundle folder; the same content gives the same bytes. Returns the bundle as it would be loaded. */
export async function writeBundle(
  directory: string,
  unhashed: Omit<UnhashedManifest, 'weightsSha256'>,
  weights: Float32Array,
): Promise<Bundle> {
  const bytes = float32ToBytes(weights)
  const withWeights: UnhashedManifest = { ...unhashed, weightsSha256: sha256(bytes) }
  const manifest: BundleManifest = { ...withWeights, hash: manifestHash(withWeights) }
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, manifestFile), `${JSON.stringify(manifest, null, 1)}\n`)
  await writeFile(join(directory, weightsFile), bytes)
  return loadBundle(directory)
}

/** The scorer for a manifest's architecture and scaler. */
export function createScorer(manifest: Pick<BundleManifest, 'architecture' | 'scaler'>, weights: Float32Array): Scorer {
  const { mean, scale, weight } = manifest.scaler
  const model = reconstructorOf(typescriptNetwork(graphOf(manifest), weights))
  return new Scorer([{ model, share: 1 }], {
    mean: Float32Array.from(mean),
    scale: Float32Array.from(scale),
    weight: Float32Array.from(weight),
    segments: ecgBeatSegments,
  })
}

function graphOf({ architecture }: Pick<BundleManifest, 'architecture'>) {
  return denseAutoencoder(architecture.inputs, architecture.hidden)
}

async function readManifest(directory: string): Promise<BundleManifest> {
  const text = (await readPart(directory, manifestFile)).toString('utf8')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new BundleError(directory, manifestFile, 'JSON', error instanceof Error ? error.message : error)
  }
  const result = manifestSchema.safeParse(json)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  const received = issue.path.reduce(
    (at: unknown, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    json,
  )
  throw new BundleError(directory, issue.path.join('.') || manifestFile, issue.message, JSON.stringify(received))
}

async function readPart(directory: string, file: string): Promise<Buffer> {
  try {
    return await readFile(join(directory, file))
  } catch (error) {
    throw new BundleError(directory, file, 'a readable file', error instanceof Error ? error.message : error)
  }
}

function checkInput(directory: string, { inputSchema, architecture, scaler }: BundleManifest): void {
  const expected: Record<string, unknown> = ecgBeatInput
  const received: Record<string, unknown> = inputSchema
  for (const key of Object.keys(expected)) {
    const [want, came] = [JSON.stringify(expected[key]), JSON.stringify(received[key])]
    if (want !== came) throw new BundleError(directory, `inputSchema.${key}`, want, came)
  }
  const lengths = { 'architecture.inputs': architecture.inputs, 'scaler.mean length': scaler.mean.length }
  const scalerLengths = { 'scaler.scale length': scaler.scale.length, 'scaler.weight length': scaler.weight.length }
  for (const [field, length] of Object.entries({ ...lengths, ...scalerLengths })) {
    if (length !== ecgBeatInputLength) throw new BundleError(directory, field, ecgBeatInputLength, length)
  }
}

/** Covers the weights through their own hash. */
function manifestHash(manifest: UnhashedManifest & { hash?: string }): string {
  return sha256(canonicalJson({ ...manifest, hash: undefined }))
}

function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex')
}

import type { KeyObject } from 'node:crypto'
import { BundleError } from './bundle/bundleError.ts'
import { readFiles, replaceFiles, replaceManifest, weightsFile } from './bundle/bundleFiles.ts'
import { manifestHash, sha256 } from './bundle/hash.ts'
import { inputKinds, type InputKind } from './bundle/inputKinds.ts'
import type { BundleManifest, UnhashedManifest } from './bundle/manifest.ts'
import { checkManifest, manifestBytes, manifestFile, parseManifest } from './bundle/parseManifest.ts'
import { keyIdOf, signatureProblem, signHash } from './bundle/signature.ts'
import { createTerms, parameterCount, type Compile } from './detectors/model.ts'
import { bytesToFloat32, float32ToBytes } from './inputs/typedArrays.ts'
import { Scorer } from './scorer.ts'

export { BundleError } from './bundle/bundleError.ts'

/** A model that fits this program: checked, and ready to score. */
export interface Bundle {
  manifest: BundleManifest
  /** SHA-256 over manifest and weights, hexadecimal: what evidence refers to. A signature does not change it. */
  hash: string
  /** The model's numbers, as `weights.bin` holds them. */
  parameters: Float32Array
  scorer: Scorer
}

export interface BundleDemands {
  /** What the caller gives to it. */
  kind?: InputKind
  /** Ed25519; the bundle must be signed with its private half. */
  publicKey?: KeyObject
}

/**
 * Reads and checks a bundle folder: schema, input schema, sizes, hashes and signature; input schema before hashes, so that a
 * bundle for another unit says so. Whatever lies in the folder besides `bundle.json` and `weights.bin` is not read, but for
 * weights whose writing was cut short.
 * @throws BundleError for whatever does not fit; a model that does not fit does not run.
 */
export async function loadBundle(directory: string, demands: BundleDemands = {}): Promise<Bundle> {
  const { manifest: text, weights } = await readFiles(directory)
  const manifest = parseManifest(directory, text.toString('utf8'))
  const bundle = checked(directory, manifest, weights, demands)
  // Other blanks or spellings mean the same, and are yet not what was written.
  if (!text.equals(manifestBytes(JSON.parse(text.toString('utf8')) as object))) {
    throw new BundleError(directory, manifestFile, 'the bytes that were written', 'other blanks or spellings')
  }
  return bundle
}

/**
 * Writes a bundle folder as one; the same content gives the same bytes. Returns the bundle as it would be loaded. A signature is not
 * kept: it was for another content.
 * @throws BundleError where manifest and parameters do not fit; nothing is written then.
 */
export async function writeBundle(
  directory: string,
  unhashed: UnhashedManifest,
  parameters: Float32Array,
): Promise<Bundle> {
  const bytes = float32ToBytes(parameters)
  const unsigned = { ...unhashed, signature: undefined, weightsSha256: sha256(bytes) }
  // In the schema's order of fields.
  const manifest = checkManifest(directory, { ...unsigned, hash: manifestHash(unsigned) })
  const bundle = checked(directory, manifest, bytes, {})
  await replaceFiles(directory, { manifest: manifestBytes(manifest), weights: bytes })
  return bundle
}

/** Signs a bundle where it lies, instead of whoever signed it before. @param privateKey Ed25519. */
export async function signBundle(directory: string, privateKey: KeyObject): Promise<Bundle> {
  const bundle = await loadBundle(directory)
  const manifest = { ...bundle.manifest, signature: signHash(bundle.hash, privateKey) }
  await replaceManifest(directory, manifestBytes(manifest))
  return { ...bundle, manifest }
}

/** The scorer for a manifest's model and scaler. @param compile by default the fastest path of this machine. */
export function createScorer(
  { model, inputSchema, scaler }: Pick<BundleManifest, 'model' | 'scaler'> & { inputSchema: { kind: InputKind } },
  parameters: Float32Array,
  compile?: Compile,
): Scorer {
  const { length, segments } = inputKinds[inputSchema.kind]
  const { mean, scale, weight, leastMeasured } = scaler
  return new Scorer(createTerms(model, length, parameters, compile), {
    mean: Float32Array.from(mean),
    scale: Float32Array.from(scale),
    weight: Float32Array.from(weight),
    segments,
    ...(leastMeasured !== undefined && { leastMeasured }),
  })
}

function checked(
  directory: string,
  manifest: BundleManifest,
  bytes: Buffer,
  { kind, publicKey }: BundleDemands,
): Bundle {
  const expect: Expect = (field, right, expected, received) => {
    if (!right) throw new BundleError(directory, field, expected, received)
  }
  const made = manifest.inputSchema.kind
  expect('inputSchema.kind', kind === undefined || kind === made, kind ?? made, made)
  checkParts(manifest, expect)
  const expectedBytes = countOf(manifest, expect) * 4
  expect(`${weightsFile} length`, bytes.length === expectedBytes, `${expectedBytes} bytes`, bytes.length)
  const weightsHash = sha256(bytes)
  expect('weightsSha256', weightsHash === manifest.weightsSha256, manifest.weightsSha256, weightsHash)
  const hash = manifestHash(manifest)
  expect('hash', hash === manifest.hash, manifest.hash, hash)
  checkSignature(manifest, expect, publicKey)
  const parameters = bytesToFloat32(bytes)
  const broken = parameters.findIndex((value) => !Number.isFinite(value))
  expect(`${weightsFile}[${broken}]`, broken < 0, 'a finite number', parameters[broken])
  const scorer = named(expect, () => createScorer(manifest, parameters))
  checkScores(manifest, scorer, expect)
  return { manifest, hash, parameters, scorer }
}

/** Scaled value, in every input, that no wearer comes near. */
const farAway = 1000

/** A model must be able to tell: its mean window has a score, and what is far from it in everything is anomalous. */
function checkScores({ scaler, threshold }: BundleManifest, scorer: Scorer, expect: Expect): void {
  const window = (scaled: number) => Float32Array.from(scaler.mean, (mean, i) => mean + scaled * scaler.scale[i]!)
  const usual = scorer.score(window(0))
  expect('model: score of the mean window', usual !== undefined, 'a finite number', 'none')
  const strange = scorer.score(window(farAway))?.score
  const field = `model: score of a window ${farAway} scales away`
  expect(field, strange === undefined || strange > threshold.value, `above the threshold, ${threshold.value}`, strange)
}

type Expect = (field: string, right: boolean, expected: string | number, received: unknown) => void

/** What fits the schema must also fit the kind of input, and itself. */
function checkParts(manifest: BundleManifest, expect: Expect): void {
  const { inputSchema, units, scaler, threshold, quality, calibration, calibrationScores, driftReference } = manifest
  const input = inputKinds[inputSchema.kind]
  for (const signal of new Set([...Object.keys(input.units), ...Object.keys(units)])) {
    const [want, came] = [input.units[signal] ?? 'no such signal', units[signal] ?? 'nothing']
    expect(`units.${signal}`, want === came, want, came)
  }
  for (const part of ['mean', 'scale', 'weight'] as const) {
    expect(`scaler.${part} length`, scaler[part].length === input.length, input.length, scaler[part].length)
  }
  if (input.hasNoise) expect('quality', quality !== undefined, 'maxNoise', 'nothing')
  const set = calibration?.threshold ?? threshold.value
  expect('calibration.threshold', set === threshold.value, threshold.value, set)
  const checkQuantiles = (field: string, values: readonly number[], shares: readonly number[]) => {
    expect(`${field} length`, values.length === shares.length, `${shares.length} quantiles`, values.length)
    const falls = values.findIndex((value, i) => i > 0 && value < values[i - 1]!)
    expect(`${field}.${falls}`, falls < 0, `at least ${values[falls - 1]}`, values[falls])
  }
  checkQuantiles('calibrationScores.score', calibrationScores.score, calibrationScores.shares)
  checkQuantiles('driftReference.score', driftReference.score, driftReference.shares)
  for (const [name, values] of Object.entries(driftReference.segments)) {
    const known = input.segments.some((segment) => segment.name === name)
    expect(`driftReference.segments.${name}`, known, input.segments.map((segment) => segment.name).join(' or '), name)
    checkQuantiles(`driftReference.segments.${name}`, values, driftReference.shares)
  }
}

function countOf({ model, inputSchema }: BundleManifest, expect: Expect): number {
  return named(expect, () => parameterCount(model, inputKinds[inputSchema.kind].length))
}

/** Lets what does not fit in a model name its field: such messages are "field: expected …, received …". */
function named<T>(expect: Expect, make: () => T): T {
  try {
    return make()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const [, field, expected, received] = /^(.*?): expected (.*), received (.*)$/.exec(message) ?? ([] as string[])
    if (field !== undefined && expected !== undefined) expect(`model.${field}`, false, expected, received)
    expect('model', false, 'one that this program can run', message)
    throw error
  }
}

function checkSignature({ signature, hash }: BundleManifest, expect: Expect, publicKey?: KeyObject): void {
  const problem = signature && signatureProblem(signature, hash)
  if (problem) expect(problem.field, false, problem.expected, problem.received)
  if (publicKey === undefined) return
  const keyId = keyIdOf(publicKey)
  const came = signature === undefined ? 'nothing' : `one by key ${signature.keyId}`
  expect('signature', signature?.keyId === keyId, `a signature by key ${keyId}`, came)
  const der = publicKey.export({ format: 'der', type: 'spki' }).toString('hex')
  expect('signature.publicKey', signature?.publicKey === der, der, signature?.publicKey)
}

import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BundleError } from './bundleError.ts'
import { sha256 } from './hash.ts'
import { manifestFile } from './parseManifest.ts'

export const weightsFile = 'weights.bin'

/** The bytes of a bundle. */
export interface BundleFiles {
  manifest: Buffer
  weights: Buffer
}

/**
 * Reads a bundle's files. Where `replaceFiles` was cut short, the weights that the manifest speaks of lie beside the others still.
 * @throws BundleError where one cannot be read.
 */
export async function readFiles(directory: string): Promise<BundleFiles> {
  const manifest = await readPart(directory, manifestFile)
  for (const file of [join(directory, weightsFile), newOf(directory, weightsFile)]) {
    const weights = await readFile(file).catch(() => undefined)
    if (weights && isOf(manifest, weights)) return { manifest, weights }
  }
  return { manifest, weights: await readPart(directory, weightsFile) }
}

/**
 * Writes a bundle's files as one: a crash leaves the bundle before or this one. The new weights are there in full before the
 * manifest that speaks of them, and take their own name after it.
 */
export async function replaceFiles(directory: string, { manifest, weights }: BundleFiles): Promise<void> {
  await mkdir(directory, { recursive: true })
  await finishEarlier(directory)
  const [newWeights, newManifest] = [newOf(directory, weightsFile), newOf(directory, manifestFile)]
  await writeFile(newWeights, weights, { flush: true })
  await writeFile(newManifest, manifest, { flush: true })
  await rename(newManifest, join(directory, manifestFile))
  await rename(newWeights, join(directory, weightsFile))
}

/** In one piece; the weights stay. */
export async function replaceManifest(directory: string, manifest: Buffer): Promise<void> {
  await writeFile(newOf(directory, manifestFile), manifest, { flush: true })
  await rename(newOf(directory, manifestFile), join(directory, manifestFile))
}

/** Weights that the manifest speaks of and that still wait must not be overwritten. */
async function finishEarlier(directory: string): Promise<void> {
  const [manifest, waiting] = await Promise.all(
    [join(directory, manifestFile), newOf(directory, weightsFile)].map((file) => readFile(file).catch(() => undefined)),
  )
  if (manifest && waiting && isOf(manifest, waiting)) {
    await rename(newOf(directory, weightsFile), join(directory, weightsFile))
  }
}

/** Whether a manifest, whatever else is wrong with it, names these weights. */
function isOf(manifest: Buffer, weights: Buffer): boolean {
  return manifest.includes(sha256(weights))
}

function newOf(directory: string, file: string): string {
  return join(directory, `${file}.new`)
}

async function readPart(directory: string, file: string): Promise<Buffer> {
  try {
    return await readFile(join(directory, file))
  } catch (error) {
    throw new BundleError(directory, file, 'a readable file', error instanceof Error ? error.message : error)
  }
}

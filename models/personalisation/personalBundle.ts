import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BundleError, loadBundle, writeBundle, type Bundle } from '../bundle.ts'
import { readFiles, replaceFiles, weightsFile } from '../bundle/bundleFiles.ts'
import { sha256 } from '../bundle/hash.ts'
import type { BundleManifest } from '../bundle/manifest.ts'
import { checkManifest, manifestFile, parseManifest } from '../bundle/parseManifest.ts'
import type { Personalised } from './personalise.ts'

const versionsFolder = 'versions'
/** Versions that are kept beside the one that runs, the population model aside. */
const mostVersions = 5

export interface PersonalNotes {
  wearer: string
  /** What was learnt from; the bundle lists it, so that no figure is measured on it. */
  recordings: readonly string[]
  seed: number
  backend: string
  madeAt: Date
}

/** The population model as it lies in its folder, signature and all. */
export interface PopulationBundle {
  directory: string
  bundle: Bundle
}

/**
 * Writes a personal bundle; what lay in the folder before, or else the population model, is kept under `versions/` by hash.
 * @param directory empty, not there, or holding a version of the same wearer's model from the same population model.
 * @throws Error where another wearer's model or one of another population model lies there.
 */
export async function writePersonalBundle(
  directory: string,
  { bundle: population, directory: populationDirectory }: PopulationBundle,
  made: Personalised,
  { wearer, recordings, seed, backend, madeAt }: PersonalNotes,
): Promise<Bundle> {
  const before = await presentBundle(directory)
  checkSame(directory, before, population, wearer)
  const { manifest } = population
  const { threshold, training, card } = manifest
  const changed = made.drift.threshold.toFixed(3)
  const unhashed = {
    ...manifest,
    // What was promised of the population model's alarms is not of this one's.
    calibration: undefined,
    model: made.model,
    threshold: { value: made.threshold, how: `${changed} times that of the population model: ${threshold.how}` },
    training: {
      ...training,
      records: [...new Set([...training.records, ...recordings])],
      persons: [...new Set([...training.persons, wearer])],
    },
    card: {
      ...card,
      limits: [
        ...card.limits,
        'Tuned to one wearer and for that wearer alone; all figures are the population model’s.',
      ],
    },
    personal: {
      wearer,
      anchorHash: population.hash,
      anchorThreshold: threshold.value,
      previousHash: (before ?? population).hash,
      anchorShare: made.anchorShare,
      windows: made.windows,
      drift: made.drift,
      seed,
      backend,
      madeAt: madeAt.toISOString(),
    },
  }
  // Nothing is moved for a bundle that would not load.
  checkManifest(directory, { ...unhashed, hash: population.hash, weightsSha256: manifest.weightsSha256 })
  await keepVersion(directory, population.hash, populationDirectory)
  if (before) await keepVersion(directory, before.hash, directory)
  const written = await writeBundle(directory, unhashed, made.parameters)
  await forgetOldVersions(directory, written)
  return written
}

/**
 * Brings back what was in a personal bundle's folder before; at last the population model. The one left is kept as well, if it is
 * whole: a broken one is left for what its folder keeps.
 * @throws Error for a folder that holds no personal model, or where the version before is gone; BundleError for a broken one.
 */
export async function rollBack(directory: string): Promise<{ left: string | undefined; bundle: Bundle }> {
  const present = await loadBundle(directory).catch((error: unknown) => {
    if (error instanceof BundleError) return error
    throw error
  })
  if (present instanceof BundleError) {
    await bringBack(directory, await latestWhole(directory, present))
    return { left: undefined, bundle: await loadBundle(directory) }
  }
  const { manifest, hash } = present
  if (manifest.personal === undefined) {
    throw new Error(`${directory}: expected a personal model, received a population model`)
  }
  const { previousHash } = manifest.personal
  await loadVersion(directory, previousHash)
  await keepVersion(directory, hash, directory)
  await bringBack(directory, previousHash)
  return { left: hash, bundle: await loadBundle(directory) }
}

/**
 * The population model that a personal bundle's folder keeps.
 * @throws Error for a folder that holds no personal model; BundleError for a broken one.
 */
export async function loadPopulation(directory: string, { manifest }: Bundle): Promise<Bundle> {
  if (manifest.personal === undefined) {
    throw new Error(`${directory}: expected a personal model, received a population model`)
  }
  return loadBundle(versionOf(directory, manifest.personal.anchorHash))
}

/**
 * The kept version to which a folder with a broken bundle goes back: the one that its weights are of, as a roll-back was cut short;
 * the one that its manifest speaks of, as writing another was cut short; the one before that; the population model.
 * @throws BundleError as given, where no such version is whole.
 */
async function latestWhole(directory: string, broken: BundleError): Promise<string> {
  const manifest = await manifestOf(directory)
  const weights = await readFile(join(directory, weightsFile)).catch(() => Buffer.of())
  const kept = await readdir(join(directory, versionsFolder)).catch((): string[] => [])
  const versions = await Promise.all(kept.map((hash) => loadVersion(directory, hash).catch(() => undefined)))
  const whole = versions.filter((version) => version !== undefined)
  const previous = whole.find(({ hash }) => hash === manifest?.personal?.previousHash)
  const found =
    (previous?.manifest.weightsSha256 === sha256(weights) ? previous : undefined) ??
    whole.find(({ hash }) => hash === manifest?.hash) ??
    previous ??
    whole.find((version) => version.manifest.personal === undefined)
  if (found === undefined) throw broken
  return found.hash
}

/** As far as it can be read. */
async function manifestOf(directory: string): Promise<BundleManifest | undefined> {
  try {
    return parseManifest(directory, await readFile(join(directory, manifestFile), 'utf8'))
  } catch {
    return undefined
  }
}

/** @throws BundleError where it is broken or gone; Error where it is another than its name says. */
async function loadVersion(directory: string, hash: string): Promise<Bundle> {
  const version = versionOf(directory, hash)
  const bundle = await loadBundle(version)
  if (bundle.hash !== hash) throw new Error(`${version}: hash: expected ${hash}, received ${bundle.hash}`)
  return bundle
}

async function presentBundle(directory: string): Promise<Bundle | undefined> {
  const there = await readdir(directory).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return there.includes(manifestFile) ? loadBundle(directory) : undefined
}

function checkSame(directory: string, before: Bundle | undefined, population: Bundle, wearer: string): void {
  if (before === undefined || before.hash === population.hash) return
  const { personal } = before.manifest
  const expect = (field: string, expected: string, received: string | undefined) => {
    if (expected === received) return
    throw new Error(`${directory}: ${field}: expected ${expected}, received ${received ?? 'another population model'}`)
  }
  expect('personal.anchorHash', population.hash, personal?.anchorHash)
  expect('personal.wearer', wearer, personal?.wearer)
}

function versionOf(directory: string, hash: string): string {
  return join(directory, versionsFolder, hash)
}

async function keepVersion(directory: string, hash: string, from: string): Promise<void> {
  await replaceFiles(versionOf(directory, hash), await readFiles(from))
}

async function bringBack(directory: string, hash: string): Promise<void> {
  await replaceFiles(directory, await readFiles(versionOf(directory, hash)))
}

/** Keeps the population model and the latest versions that can still be rolled back to. */
async function forgetOldVersions(directory: string, current: Bundle): Promise<void> {
  const there = await readdir(join(directory, versionsFolder))
  const keep = new Set<string>()
  let { personal } = current.manifest
  while (personal !== undefined && keep.size <= mostVersions && there.includes(personal.previousHash)) {
    keep.add(personal.anchorHash).add(personal.previousHash)
    personal = (await loadBundle(versionOf(directory, personal.previousHash))).manifest.personal
  }
  for (const hash of there) {
    if (!keep.has(hash)) await rm(versionOf(directory, hash), { recursive: true })
  }
}

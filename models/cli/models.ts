import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Command } from 'commander'
import { BundleError, loadBundle, signBundle } from '../bundle.ts'
import { readPrivateKey, readPublicKey } from '../bundle/signature.ts'
import { shippedBundles } from '../shippedBundle.ts'
import { bundleCard } from './bundleCard.ts'

export interface ListedBundle {
  path: string
  valid: boolean
  name?: string
  /** What it judges, and by what. */
  kind?: string
  model?: string
  /** Of the weights. */
  bytes?: number
  threshold?: number
  hash?: string
  /** Key id; absent where nobody has signed it. */
  signedBy?: string
  /** Why it is not valid. */
  problem?: string
}

export function registerModels(program: Command): void {
  const models = program.command('models').description('look at model bundles')
  models
    .command('ls')
    .description('list the bundles that come with the program, or those in other folders')
    .argument('[dir...]', 'bundle folders, or folders of bundle folders')
    .option('--json', 'the list as JSON')
    .addHelpText('after', '\nExample: vital-edge models ls /etc/vital-edge/models')
    .action(async (directories: string[], { json }: { json?: boolean }) => {
      const listed = await listBundles(directories)
      print(json ? JSON.stringify({ models: listed }) : listed.map(line).join('\n'))
    })
  models
    .command('inspect')
    .description('show what a bundle is, what it learnt from and how well it did')
    .argument('<dir>', 'bundle folder')
    .option('--json', 'the whole manifest as JSON')
    .addHelpText('after', '\nExample: vital-edge models inspect my-model --json')
    .action(async (directory: string, { json }: { json?: boolean }) => {
      const bundle = await loadBundle(directory)
      print(json ? JSON.stringify(bundle.manifest) : bundleCard(bundle))
    })
  models
    .command('verify')
    .description('check schema, sizes, hashes and signature of a bundle; exit code 1 if it must not run')
    .argument('<dir>', 'bundle folder')
    .option('--public-key <file>', 'PEM, Ed25519; the bundle must be signed with its private half')
    .option('--json', 'the result as JSON')
    .addHelpText('after', '\nExample: vital-edge models verify my-model --public-key models.pub.pem')
    .action(async (directory: string, options: { publicKey?: string; json?: boolean }) => {
      const publicKey = options.publicKey === undefined ? undefined : await readPublicKey(options.publicKey)
      try {
        const bundle = await loadBundle(directory, { ...(publicKey && { publicKey }) })
        const { name, signature } = bundle.manifest
        const signed = signature ? `signed by ${signature.keyId}` : 'not signed'
        const result = { valid: true, name, hash: bundle.hash, signedBy: signature?.keyId }
        print(options.json ? JSON.stringify(result) : `${name} ${bundle.hash} is valid, ${signed}`)
      } catch (error) {
        if (options.json && error instanceof BundleError) {
          print(JSON.stringify({ valid: false, field: error.field, problem: error.message }))
        }
        throw error
      }
    })
  models
    .command('sign')
    .description('sign a bundle where it lies; its hash stays the same')
    .argument('<dir>', 'bundle folder')
    .requiredOption('--key <file>', 'private key, PEM, Ed25519')
    .addHelpText(
      'after',
      '\nExample:' +
        '\n  $ openssl genpkey -algorithm ed25519 -out models.key.pem' +
        '\n  $ openssl pkey -in models.key.pem -pubout -out models.pub.pem' +
        '\n  $ vital-edge models sign my-model --key models.key.pem' +
        '\nThe public key goes into the gateway’s configuration (modelPublicKey).',
    )
    .action(async (directory: string, { key }: { key: string }) => {
      const { manifest, hash } = await signBundle(directory, await readPrivateKey(key))
      print(`${manifest.name} ${hash} is signed by ${manifest.signature!.keyId}`)
    })
}

/** @throws Error for a folder that is no bundle and holds none. */
export async function listBundles(directories: readonly string[]): Promise<ListedBundle[]> {
  const folders = directories.length > 0 ? (await Promise.all(directories.map(bundlesIn))).flat() : shippedBundles()
  return Promise.all(folders.map(listed))
}

async function bundlesIn(directory: string): Promise<string[]> {
  if (await isBundle(directory)) return [directory]
  const inside = (await readdir(directory)).map((name) => join(directory, name)).sort()
  const are = await Promise.all(inside.map(isBundle))
  const found = inside.filter((_, i) => are[i])
  if (found.length === 0)
    throw new Error(`${directory}: expected a bundle folder or a folder of them, received neither`)
  return found
}

async function isBundle(directory: string): Promise<boolean> {
  const manifest = await stat(join(directory, 'bundle.json')).catch(() => undefined)
  return manifest?.isFile() === true
}

async function listed(path: string): Promise<ListedBundle> {
  try {
    const { manifest, hash, parameters } = await loadBundle(path)
    const { name, inputSchema, model, threshold, signature } = manifest
    return {
      path,
      valid: true,
      name,
      kind: inputSchema.kind,
      model: model.kind === 'autoencoder' ? `${model.architecture} autoencoder` : model.kind,
      bytes: parameters.byteLength,
      threshold: threshold.value,
      hash,
      ...(signature && { signedBy: signature.keyId }),
    }
  } catch (error) {
    if (!(error instanceof BundleError)) throw error
    return { path, valid: false, problem: error.message }
  }
}

function line({ path, name, kind, model, bytes = 0, threshold, hash, signedBy, problem }: ListedBundle): string {
  if (problem !== undefined) return `${basename(path).padEnd(16)} must not run: ${problem}`
  const size = `${(bytes / 1024).toFixed(0)} KiB`
  const signed = signedBy === undefined ? 'not signed' : `signed by ${signedBy}`
  const columns = [name!.padEnd(16), kind!.padEnd(10), model!.padEnd(24), size.padStart(9)]
  return `${columns.join(' ')}  threshold ${threshold!.toFixed(3)}  ${hash!.slice(0, 12)}  ${signed}  valid`
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

import { execFileSync, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { BundleManifest } from './bundle/manifest.ts'
import type { ListedBundle } from './cli/models.ts'
import { recordNames } from './cli/ecgBeatSources.ts'
import { registerModelCommands } from './cli.ts'
import { shippedBundle } from './shippedBundle.ts'

const program = fileURLToPath(new URL('../dist/cli.js', import.meta.url))
const shipped = shippedBundle('ecg-beat')
let output = ''
let directory: string
let bundle: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'vital-edge-models-'))
  bundle = join(directory, 'mine')
  cpSync(shipped, bundle, { recursive: true })
  output = ''
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      output += String(text)
      return true
    })
  }
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(directory, { recursive: true })
})

/** What a command prints. */
async function run(...words: string[]): Promise<string> {
  output = ''
  const root = new Command().exitOverride()
  registerModelCommands(root)
  await root.parseAsync(words, { from: 'user' })
  return output
}

function keyFiles(name: string): { key: string; pub: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const files = { key: join(directory, `${name}.key.pem`), pub: join(directory, `${name}.pub.pem`) }
  writeFileSync(files.key, privateKey.export({ format: 'pem', type: 'pkcs8' }))
  writeFileSync(files.pub, publicKey.export({ format: 'pem', type: 'spki' }))
  return files
}

describe('models ls', () => {
  const list = async (...words: string[]) =>
    (JSON.parse(await run('models', 'ls', ...words, '--json')) as { models: ListedBundle[] }).models

  test('lists what comes with the program', async () => {
    const models = await list()
    expect(models.map(({ name }) => name)).toContain('ecg-beat')
    for (const model of models) expect(model).toMatchObject({ valid: true, hash: expect.any(String) as string })
    expect(await run('models', 'ls')).toMatch(/^ecg-beat +ecg-beat +dense autoencoder +26 KiB .* not signed {2}valid$/m)
  })

  test('finds bundles in a folder, says why one must not run, and refuses a folder without any', async () => {
    cpSync(shipped, join(directory, 'other'), { recursive: true })
    appendFileSync(join(directory, 'other', 'weights.bin'), 'x')
    const models = await list(directory)
    expect(models.map(({ valid }) => valid)).toEqual([true, false])
    expect(models[1]!.problem).toContain('weights.bin length: expected 26256 bytes, received 26257')
    expect(await run('models', 'ls', directory)).toContain('must not run: bundle')
    const empty = join(directory, 'empty')
    mkdirSync(empty)
    await expect(run('models', 'ls', empty)).rejects.toThrow('expected a bundle folder or a folder of them')
  })
})

describe('models inspect', () => {
  test('--json gives the manifest', async () => {
    const manifest = JSON.parse(await run('models', 'inspect', shipped, '--json')) as BundleManifest
    expect(manifest.name).toBe('ecg-beat')
    expect(manifest.training.command).toContain('train ecg-beat')
  })

  test('a person reads what it is for, its figures beside the baselines, and its limits', async () => {
    const text = await run('models', 'inspect', shipped)
    for (const part of ['meanAuroc', 'z-score', 'nearest-normal', 'Not a medical device', 'mitdb/100', 'ecg in mV']) {
      expect(text).toContain(part)
    }
  })
})

describe('models verify and sign', () => {
  test('verify names the hash of a good bundle and refuses a folder that is none', async () => {
    expect(await run('models', 'verify', shipped)).toMatch(/^ecg-beat [0-9a-f]{64} is valid, not signed\n$/)
    await expect(run('models', 'verify', 'no-such-folder')).rejects.toThrow(
      'bundle no-such-folder: bundle.json: expected a readable file',
    )
  })

  test('what was signed verifies with the public key, and with no other', async () => {
    const [ours, theirs] = [keyFiles('ours'), keyFiles('theirs')]
    expect(await run('models', 'sign', bundle, '--key', ours.key)).toMatch(/is signed by [0-9a-f]{16}\n$/)
    const verified = JSON.parse(await run('models', 'verify', bundle, '--public-key', ours.pub, '--json')) as object
    expect(verified).toMatchObject({ valid: true, name: 'ecg-beat', signedBy: expect.any(String) as string })
    await expect(run('models', 'verify', bundle, '--public-key', theirs.pub)).rejects.toThrow('a signature by key')
    await expect(run('models', 'verify', bundle, '--public-key', theirs.pub, '--json')).rejects.toThrow()
    expect(JSON.parse(output)).toMatchObject({ valid: false, field: 'signature' })
  })

  test('a public key does not sign', async () => {
    const { pub } = keyFiles('ours')
    await expect(run('models', 'sign', bundle, '--key', pub)).rejects.toThrow('expected a private Ed25519 key as PEM')
  })
})

describe('train', () => {
  test('refuses a model that it does not know, and a seed that is no number', async () => {
    const rest = ['--recordings', 'r', '--out', 'o']
    await expect(run('train', 'eeg', ...rest)).rejects.toThrow("unknown command 'eeg'")
    await expect(run('train', 'ecg-beat', '--seed', 'x', ...rest)).rejects.toThrow(
      'expected a whole number up to 9007199254740991, received x',
    )
    for (const words of [
      ['--seed', '99999999999999999999'],
      ['--simulated', '9999999999'],
      // Of the thousand seeds of the next part.
      ['--simulated', '1001'],
    ]) {
      await expect(run('train', 'ecg-beat', ...words, ...rest)).rejects.toThrow(`received ${words[1]}`)
    }
  })

  test('a record kept out has to be there: misspelt, it would be learnt from', async () => {
    writeFileSync(join(directory, '119.hea'), '')
    writeFileSync(join(directory, '119.atr'), '')
    await expect(recordNames(directory, ['19'])).rejects.toThrow(
      /^--exclude: expected names of annotated records .* received 19$/,
    )
    expect(await recordNames(directory, ['119'])).toEqual([])
  })

  test('every command has a help with an example', async () => {
    const words = [
      'models ls',
      'models inspect',
      'models verify',
      'models sign',
      'train',
      'train ecg-beat',
      'train vitals',
      'train ppg-quality',
      'calibrate',
      'personalise',
      'personalise tune',
      'personalise shadow',
      'personalise rollback',
      'personalise evaluate',
    ]
    for (const command of words) {
      await run(...command.split(' '), '--help').catch(() => undefined)
      expect(output).toMatch(/Example:\s+(\$ openssl .*\s+\$ openssl .*\s+\$ )?vital-edge /)
    }
  })
})

describe('the program itself', () => {
  const exitCode = (...words: string[]) => spawnSync(process.execPath, [program, ...words], { stdio: 'pipe' }).status

  test('ends with 0 when done, 1 when a bundle must not run, 2 for wrong use', () => {
    appendFileSync(join(bundle, 'bundle.json'), ' ')
    expect(exitCode('models', 'verify', shipped)).toBe(0)
    expect(exitCode('models', 'verify', bundle)).toBe(1)
    expect(exitCode('models', 'verify')).toBe(2)
    expect(exitCode('models', 'sign', bundle)).toBe(2)
    expect(exitCode('train', 'eeg')).toBe(2)
  })

  test('trains in a process of its own and ends with the error of that one', () => {
    const words = ['train', 'ecg-beat', '--recordings', 'no-such-folder', '--backend', 'js', '--out', bundle]
    const { status, stderr } = spawnSync(process.execPath, [program, ...words], { encoding: 'utf8' })
    expect(status).toBe(1)
    expect(stderr).toContain('training with tfjs-js')
    expect(stderr).toContain("ENOENT: no such file or directory, scandir 'no-such-folder'")
    // What was there is still good.
    expect(execFileSync(process.execPath, [program, 'models', 'verify', bundle], { encoding: 'utf8' })).toMatch(/valid/)
  })
})

import { Command } from 'commander'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { BundleManifest } from './bundleManifest.ts'
import { registerModelCommands } from './cli.ts'
import { shippedBundle } from './shippedBundle.ts'

let output = ''

beforeEach(() => {
  output = ''
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      output += String(text)
      return true
    })
  }
})
afterEach(() => vi.restoreAllMocks())

async function run(...words: string[]): Promise<string> {
  const program = new Command().exitOverride()
  registerModelCommands(program)
  for (const command of program.commands) command.exitOverride()
  await program.parseAsync(words, { from: 'user' })
  return output
}

test('models inspect --json gives the manifest', async () => {
  const manifest = JSON.parse(await run('models', 'inspect', shippedBundle('ecg-beat'), '--json')) as BundleManifest
  expect(manifest.name).toBe('ecg-beat')
  expect(manifest.training.command).toContain('train ecg-beat')
})

test('models verify names the hash of a good bundle and refuses a folder that is none', async () => {
  expect(await run('models', 'verify', shippedBundle('ecg-beat'))).toMatch(/^ecg-beat [0-9a-f]{64} is valid\n$/)
  await expect(run('models', 'verify', 'no-such-folder')).rejects.toThrow(
    'bundle no-such-folder: bundle.json: expected a readable file',
  )
})

test('train refuses a model that it does not know, and a seed that is no number', async () => {
  const rest = ['--recordings', 'r', '--out', 'o']
  await expect(run('train', 'eeg', ...rest)).rejects.toThrow('expected ecg-beat, received eeg')
  await expect(run('train', 'ecg-beat', '--seed', 'x', ...rest)).rejects.toThrow('expected a whole number, received x')
})

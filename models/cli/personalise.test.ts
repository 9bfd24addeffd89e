import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { loadBundle } from '../bundle.ts'
import { shippedBundle } from '../shippedBundle.ts'
import { personaliseCommand, shadowCommand } from './personalise.ts'

const recordings =
  process.env['VITAL_EDGE_RECORDINGS'] ?? fileURLToPath(new URL('../../../shared/recordings', import.meta.url))
const record = (name: string) => join(recordings, 'mitdb', name)
const options = { minutes: 5, threshold: 'population', seed: 1, backend: 'js' } as const
const madeAt = new Date('2026-01-01')
let folder: string
let population: string
let personal: string
let named: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'personalise-'))
  population = join(folder, 'population')
  personal = join(folder, 'wearer-119')
  named = join(folder, 'w-7')
  await cp(shippedBundle('ecg-beat'), population, { recursive: true })
  await personaliseCommand(population, { ...options, recording: record('119'), out: personal }, madeAt)
  await personaliseCommand(population, { ...options, recording: record('119'), out: named, wearer: 'w-7' }, madeAt)
}, 60_000)
afterEach(() => {
  vi.restoreAllMocks()
})
afterAll(() => rm(folder, { recursive: true }))

describe('personalise', () => {
  it('does not write over the population model, however its folder is spelt', async () => {
    const linked = join(folder, 'linked')
    await symlink(population, linked)
    const before = await readFile(join(population, 'bundle.json'))
    for (const out of [
      population,
      `${population}/`,
      join(folder, 'x', '..', 'population'),
      relative('.', population),
      linked,
    ]) {
      const tuning = personaliseCommand(population, { ...options, recording: record('119'), out }, madeAt)
      await expect(tuning).rejects.toThrow("--out: expected another folder than the population model's")
    }
    expect(await readFile(join(population, 'bundle.json'))).toEqual(before)
    expect((await loadBundle(population)).manifest.personal).toBeUndefined()
  })
})

describe('personalise shadow', () => {
  async function warning(directory: string, name: string, wearer?: string): Promise<string> {
    let text = ''
    vi.spyOn(process.stderr, 'write').mockImplementation((part) => {
      text += String(part)
      return true
    })
    const report = await shadowCommand(directory, {
      recording: record(name),
      fromMinutes: 28,
      ...(wearer && { wearer }),
    })
    expect(report.windows).toBeGreaterThan(0)
    expect(report.agreement).toBeGreaterThan(0)
    return text
  }

  it('says that nothing was compared where there are no beats', async () => {
    const late = shadowCommand(personal, { recording: record('119'), fromMinutes: 1000 })
    await expect(late).rejects.toThrow(/from minute 1000 on, received none: nothing was compared$/)
  })

  it('warns of a recording that another wearer is named by, and of no other', async () => {
    expect(await warning(personal, '119')).toBe('')
    expect(await warning(personal, '100')).toBe(
      'warning: the model is personal to mitdb/119, and the recording is of mitdb/100 (see --wearer)\n',
    )
    // A recording that the wearer's model was tuned on is the wearer's.
    expect(await warning(named, '119')).toBe('')
    expect(await warning(named, '100')).toContain('personal to w-7, and the recording is of mitdb/100')
    expect(await warning(named, '100', 'w-7')).toBe('')
    expect(await warning(named, '119', 'w-8')).toContain('the recording is of w-8')
  }, 60_000)
})

import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AlarmLogic } from '../calibration/alarmLogic.ts'
import { BundleError, loadBundle } from '../bundle.ts'
import { simulatedSource } from '../cli/ecgBeatSources.ts'
import { shippedBundle } from '../shippedBundle.ts'
import { loadBackend } from '../training/backend.ts'
import { anchorOf } from './anchor.ts'
import { loadPopulation, rollBack, writePersonalBundle } from './personalBundle.ts'
import { personalise, type Personalised } from './personalise.ts'
import { ShadowRun } from './shadowRun.ts'

const shipped = shippedBundle('ecg-beat')
const population = { directory: shipped, bundle: await loadBundle(shipped, { kind: 'ecg-beat' }) }
const { tf } = await loadBackend('js')
/** A wearer on whom the shipped model has not been trained. */
const beats = simulatedSource(5, 150).beats.flatMap(({ beat }) => (beat.input ? [{ ...beat, input: beat.input }] : []))
const made = (seed: number): Personalised => personalise(anchorOf(population.bundle), beats, { seed, tf })
const [first, second] = [made(1), made(2)]

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vital-edge-personal-'))
})
afterAll(() => rm(directory, { recursive: true }))

const notes = (madeAt: string, wearer = 'w-5') => {
  return { wearer, recordings: ['simulated/5'], seed: 1, backend: 'tfjs-js', madeAt: new Date(madeAt) }
}

describe('a personal bundle', () => {
  test('is a bundle like others, names its anchor, and scores as the model did', async () => {
    const out = join(directory, 'one')
    const { hash, manifest } = await writePersonalBundle(out, population, first, notes('2026-01-01'))
    const loaded = await loadBundle(out, { kind: 'ecg-beat' })
    expect(loaded.hash).toBe(hash)
    expect(manifest.personal).toMatchObject({ wearer: 'w-5', anchorHash: population.bundle.hash, anchorShare: 0.5 })
    expect(manifest.personal!.windows.used).toBeGreaterThanOrEqual(64)
    expect(manifest.training.records).toContain('simulated/5')
    expect((await loadPopulation(out, loaded)).hash).toBe(population.bundle.hash)
    for (const { input } of beats.slice(0, 20)) {
      const half = population.bundle.scorer.score(input)!.score / 2
      expect(loaded.scorer.score(input)!.score).toBeGreaterThanOrEqual(half * 0.9999)
    }
  })

  test('torn by a crash between weights and manifest, it is brought back whole', async () => {
    const out = join(directory, 'torn')
    const one = await writePersonalBundle(out, population, first, notes('2026-01-01'))
    const two = await writePersonalBundle(out, population, second, notes('2026-01-02'))
    // While the second was written: its weights lie there, the manifest is still that of the first.
    const manifest = await readFile(join(out, 'versions', one.hash, 'bundle.json'))
    await writeFile(join(out, 'bundle.json'), manifest)
    await expect(loadBundle(out)).rejects.toThrow('weightsSha256')
    expect((await rollBack(out)).bundle.hash).toBe(one.hash)
    // While a rollback was written: the manifest is that of the second, which lies under no version.
    await writePersonalBundle(out, population, second, notes('2026-01-02'))
    await writeFile(join(out, 'weights.bin'), await readFile(join(out, 'versions', one.hash, 'weights.bin')))
    expect((await rollBack(out)).bundle.hash).toBe(one.hash)
    expect(two.manifest.personal!.previousHash).toBe(one.hash)
    // The same, with the version that is left kept, as a roll-back does first: it does not come back.
    await writePersonalBundle(out, population, second, notes('2026-01-02'))
    await rollBack(out)
    await cp(join(out, 'versions', two.hash, 'bundle.json'), join(out, 'bundle.json'))
    await expect(loadBundle(out)).rejects.toThrow('weightsSha256')
    expect(await rollBack(out)).toMatchObject({ left: undefined, bundle: { hash: one.hash } })
  })

  test.each<[string, (out: string) => Promise<void>, 'the version before' | 'the population model']>([
    ['weights are damaged', (out) => writeFile(join(out, 'weights.bin'), 'x'), 'the version before'],
    ['weights are gone', (out) => rm(join(out, 'weights.bin')), 'the version before'],
    ['manifest is damaged', (out) => writeFile(join(out, 'bundle.json'), '{'), 'the population model'],
    ['manifest is gone', (out) => rm(join(out, 'bundle.json')), 'the population model'],
  ])('whose %s goes back all the same', async (broken, breakIt, expected) => {
    const out = join(directory, broken.replaceAll(' ', '-'))
    const one = await writePersonalBundle(out, population, first, notes('2026-01-01'))
    await writePersonalBundle(out, population, second, notes('2026-01-02'))
    await breakIt(out)
    const { left, bundle } = await rollBack(out)
    expect(left).toBeUndefined()
    expect(bundle.hash).toBe(expected === 'the version before' ? one.hash : population.bundle.hash)
    // With nothing whole to go back to it says what is broken.
    await breakIt(out)
    await rm(join(out, 'versions'), { recursive: true })
    await expect(rollBack(out)).rejects.toThrow(BundleError)
  })

  test('never is the anchor of another', async () => {
    const personal = await loadBundle(join(directory, 'one'))
    expect(() => anchorOf(personal)).toThrow('expected a population model, received one personal to w-5')
  })

  test('rolling back brings back the version before, bit for bit, and at last the population model', async () => {
    const out = join(directory, 'two')
    const one = await writePersonalBundle(out, population, first, notes('2026-01-01'))
    const bytes = await Promise.all(['bundle.json', 'weights.bin'].map((file) => readFile(join(out, file))))
    const two = await writePersonalBundle(out, population, second, notes('2026-01-02'))
    expect(two.hash).not.toBe(one.hash)
    expect(two.manifest.personal!.previousHash).toBe(one.hash)
    const back = await rollBack(out)
    expect([back.left, back.bundle.hash]).toEqual([two.hash, one.hash])
    expect(await Promise.all(['bundle.json', 'weights.bin'].map((file) => readFile(join(out, file))))).toEqual(bytes)
    expect((await rollBack(out)).bundle.hash).toBe(population.bundle.hash)
    for (const file of ['bundle.json', 'weights.bin']) {
      expect(await readFile(join(out, file))).toEqual(await readFile(join(shipped, file)))
    }
    await expect(rollBack(out)).rejects.toThrow('expected a personal model, received a population model')
  })

  test('versions are kept for some roll-backs only, the population model always', async () => {
    const out = join(directory, 'many')
    for (let day = 1; day <= 9; day++) {
      await writePersonalBundle(out, population, day % 2 ? first : second, notes(`2026-01-0${day}`))
    }
    const versions = await readdir(join(out, 'versions'))
    expect(versions.length).toBe(6)
    expect(versions).toContain(population.bundle.hash)
  })

  test("another wearer's folder is refused, and a broken version is not brought back", async () => {
    const out = join(directory, 'broken')
    const { hash } = await writePersonalBundle(out, population, first, notes('2026-01-01'))
    await expect(writePersonalBundle(out, population, second, notes('2026-01-02', 'w-6'))).rejects.toThrow(
      'personal.wearer: expected w-6, received w-5',
    )
    const weights = join(out, 'versions', population.bundle.hash, 'weights.bin')
    const bytes = await readFile(weights)
    bytes[7]! ^= 1
    await writeFile(weights, bytes)
    await expect(rollBack(out)).rejects.toThrow('weightsSha256')
    expect((await loadBundle(out)).hash).toBe(hash)
  })
})

describe('ShadowRun', () => {
  const each: AlarmLogic = {
    description: 'each window',
    watch: (threshold) => ({
      push: (at, score) => (score > threshold ? { change: 'on', onset: at } : { change: 'off' }),
    }),
  }
  const { scorer } = population.bundle
  const input = beats[0]!.input
  const score = scorer.score(input)!.score
  const strange = input.map((value) => 3 * value + 1)
  /** `.` a beat of the wearer, `!` one that is anomalous for a threshold near it. */
  const run = (pattern: string, [populationThreshold, personalThreshold]: [number, number]) => {
    const shadow = new ShadowRun(
      { scorer, threshold: populationThreshold },
      { scorer, threshold: personalThreshold },
      each,
    )
    Array.from(pattern, (kind, n) => shadow.push(n * 60e6, (n + 1) * 60e6, kind === '!' ? strange : input))
    return shadow.report()
  }
  const [normal, above] = [2 * score, 2 * scorer.score(strange)!.score]

  test('counts what both say, alarms of both, and the time', () => {
    const report = run(`${'.'.repeat(55)}!!!!!${'.'.repeat(60)}`, [normal, above])
    expect(report).toMatchObject({ windows: 120, hours: 2, bothAnomalous: 0, onlyPopulation: 5, onlyPersonal: 0 })
    expect(report.agreement).toBeCloseTo(115 / 120, 12)
    expect(report.alarmsPerHour).toEqual({ population: 2.5, personal: 0 })
  })

  test('says of nothing that nothing was alike', () => {
    expect(run('', [normal, normal])).toMatchObject({ windows: 0, agreement: NaN, recommendation: 'go on' })
  })

  test('recommends by what was seen, and nothing after too little of it', () => {
    const long = `${'.'.repeat(100)}!!!!!`
    expect(run('.....', [normal, normal]).recommendation).toBe('go on')
    expect(run(long, [normal, normal]).recommendation).toBe('use')
    expect(run(long, [normal, above]).recommendation).toBe('let a person look')
    expect(run(long, [normal, score / 2]).recommendation).toBe('roll back')
  })
})

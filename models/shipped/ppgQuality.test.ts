import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadBundle } from '../bundle.ts'
import { play } from '../cli/trainPpgSources.ts'
import { trainPpgTask } from '../cli/trainPpg.ts'
import { shippedBundle } from '../shippedBundle.ts'
import { measurePpg, type PpgSource } from '../training/ppgEvaluation.ts'

const shipped = shippedBundle('ppg-quality')
const { manifest, scorer, hash } = await loadBundle(shipped, { kind: 'ppg-window' })
/** The simulated wearers use `Math.sin` and `Math.exp`, whose last bit may differ between versions of V8. */
const madeOnNode = '20'
const unseen = [105_001, 105_002, 105_003, 105_004]
const refused = (sources: readonly PpgSource[]) => measurePpg(scorer, manifest.threshold.value, sources, []).refused

describe('the shipped model of PPG quality', () => {
  test('says that it is simulated and raises no alarm; a network, which beats every baseline on persons it was not chosen by', () => {
    const { card, model, training } = manifest
    expect(card).toMatchObject({ simulated: true, alarms: 'off' })
    expect(training.windows.recorded).toBe(0)
    expect(training.simulated.some((seed) => unseen.includes(seed))).toBe(false)
    expect(Object.keys(card.baselines).length).toBe(4)
    expect(model.kind).toBe('autoencoder')
    for (const other of Object.values(card.baselines)) expect(card.metrics['auroc']).toBeGreaterThan(other['auroc']!)
  })

  test('an irregular rhythm does not lower the quality', () => {
    const wearers = unseen.map((seed) =>
      play(seed, [
        { label: 'sinus', seconds: 60, events: [] },
        { label: 'fibrillation', seconds: 90, events: [{ kind: 'atrial-fibrillation', perMinute: 100 }] },
        { label: 'ventricular', seconds: 90, events: [{ kind: 'ectopic-beats', perHour: 1000 }] },
        { label: 'atrial', seconds: 90, events: [{ kind: 'ectopic-beats', origin: 'atrial', perHour: 1000 }] },
      ]),
    )
    const shares = refused(wearers)
    if (process.env['VITAL_EDGE_PRINT'] === '1') process.stdout.write(`${JSON.stringify(shares)}\n`)
    expect(Object.keys(shares).sort()).toEqual(['atrial', 'fibrillation', 'sinus', 'ventricular'])
    for (const share of Object.values(shares)) expect(share).toBeLessThanOrEqual(0.05)
  })

  test('a sensor at its end, and one on a table, are refused', () => {
    const shares = refused(
      unseen.map((seed) =>
        play(seed, [
          { label: 'saturation', seconds: 25, events: [{ kind: 'saturation' }] },
          { label: 'rest', seconds: 20, events: [] },
          { label: 'off', seconds: 25, events: [{ kind: 'off-body' }] },
        ]),
      ),
    )
    expect(shares['saturation']).toBe(1)
    expect(shares['off']).toBeGreaterThan(0.8)
  })

  test('the recorded command remakes it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'vital-edge-remade-'))
    const out = join(directory, 'ppg-quality')
    const [, simulated, seed] = /--simulated (\d+) --seed (\d+) /.exec(manifest.training.command)!
    const options = { simulated: Number(simulated), seed: Number(seed), out, backend: 'js' } as const
    const made = await trainPpgTask(options, () => {})
    const remade = await loadBundle(out)
    expect(made.hash).toBe(remade.hash)
    // Beside it the curves of both networks, and nothing that is unfinished.
    expect((await readdir(directory)).sort()).toEqual(['ppg-quality', 'ppg-quality.loss.svg'])
    const picture = await readFile(`${out}.loss.svg`, 'utf8')
    for (const name of ['dense 75-32-4-32-75', 'dense 75-48-8-48-75']) expect(picture).toContain(name)
    if (process.versions.node.startsWith(`${madeOnNode}.`)) {
      expect(remade.hash).toBe(hash)
      for (const file of ['bundle.json', 'weights.bin']) {
        expect((await readFile(join(out, file))).equals(await readFile(join(shipped, file)))).toBe(true)
      }
    }
    expect(remade.manifest.threshold.value).toBeCloseTo(manifest.threshold.value, 1)
    await rm(directory, { recursive: true })
  }, 600_000)
})

import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { loadBundle } from '../bundle.ts'
import { recordedSource, simulatedSource } from '../cli/ecgBeatSources.ts'
import { trainEcgBeatTask } from '../cli/trainEcgBeat.ts'
import { auroc, share } from '../training/measures.ts'
import { shippedBundle } from '../shippedBundle.ts'
import type { TrainingProgress } from '../training/process.ts'

const shipped = shippedBundle('ecg-beat')
const folder = process.env['VITAL_EDGE_RECORDINGS'] ?? fileURLToPath(new URL('../../../shared/recordings', import.meta.url))
const mitdb = join(folder, 'mitdb')
const there = existsSync(join(mitdb, '208.hea'))
const named = (name: string) => (there ? name : `${name} (skipped: no recordings)`)
/** The simulated wearers use `Math.sin` and `Math.exp`, whose last bit may differ between versions of V8. */
const madeOnNode = '20'
const { manifest, scorer, hash } = await loadBundle(shipped)

describe('the shipped ECG model', () => {
  test('on simulated wearers it has not seen, to whom nothing happens, at most 2 % of the beats are anomalous', () => {
    const beats = [1, 2, 3, 4].flatMap((seed) => simulatedSource(seed, 120).beats)
    const scores = beats.flatMap(({ beat }) => (beat.input ? [scorer.score(beat.input)!.score] : []))
    expect(scores.length).toBeGreaterThan(200)
    expect(share(scores, (score) => score > manifest.threshold.value)).toBeLessThan(0.02)
  })

  test.skipIf(!there).each(['119', '208'])(
    named('in record %s, of which it has seen nothing, ventricular beats are over-represented among anomalous ones'),
    async (record) => {
      const { beats } = await recordedSource(mitdb, record)
      const judged = beats.flatMap(({ beat, label }) =>
        beat.input && label && beat.quality.noise <= manifest.quality!.maxNoise
          ? [{ label, score: scorer.score(beat.input)!.score }]
          : [],
      )
      const ventricular = (list: typeof judged) => share(list, ({ label }) => label === 'V')
      const anomalous = judged.filter(({ score }) => score > manifest.threshold.value)
      expect(ventricular(anomalous)).toBeGreaterThan(2 * ventricular(judged))
      const scores = (name: string) => judged.filter(({ label }) => label === name).map(({ score }) => score)
      expect(auroc(scores('V'), scores('N'))).toBeGreaterThan(0.95)
    },
  )

  test.skipIf(!there)(
    named('the recorded command remakes it'),
    async () => {
      const { excluded, simulated, seed } = manifest.training
      const directory = await mkdtemp(join(tmpdir(), 'vital-edge-remade-'))
      const out = join(directory, 'ecg-beat')
      const options = { recordings: mitdb, exclude: excluded, simulated: simulated.length, seed, out, backend: 'js' } as const
      const told: TrainingProgress[] = []
      const made = await trainEcgBeatTask(options, (progress) => told.push(progress))
      const remade = await loadBundle(out)
      expect(made.hash).toBe(remade.hash)
      expect(told.at(-1)).toMatchObject({ kind: 'progress', done: 100, total: 100 })
      // The picture lies beside the bundle; what was unfinished is gone.
      expect((await readdir(directory)).sort()).toEqual(['ecg-beat', 'ecg-beat.loss.svg'])
      expect((await readdir(out)).sort()).toEqual(['bundle.json', 'weights.bin'])
      if (process.versions.node.startsWith(`${madeOnNode}.`)) {
        expect(remade.hash).toBe(hash)
        for (const file of ['bundle.json', 'weights.bin']) {
          expect((await readFile(join(out, file))).equals(await readFile(join(shipped, file)))).toBe(true)
        }
      }
      expect(remade.manifest.threshold.value).toBeCloseTo(manifest.threshold.value, 2)
      for (const { beat } of simulatedSource(1, 60).beats) {
        if (beat.input) expect(remade.scorer.score(beat.input)!.score).toBeCloseTo(scorer.score(beat.input)!.score, 2)
      }
      await rm(directory, { recursive: true })
    },
    600_000,
  )
})

import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { evaluateEcg5000Files } from '../cli/evaluate/ecg5000.ts'
import { loadBackend } from '../training/backend.ts'
import { seededRandom, smoothNoise } from '../training/random.ts'
import { evaluateEcg5000 } from './ecg5000.ts'
import { findEcg5000 } from './ecg5000Files.ts'
import type { LabelledWindow } from './labelledWindows.ts'

const folder = process.env['VITAL_EDGE_RECORDINGS'] ?? join(import.meta.dirname, '../../../shared/recordings')
const recordings = join(folder, 'ecg5000')
const there = existsSync(join(recordings, 'ECG5000_TRAIN.txt'))
const named = (name: string) => (there ? name : `${name} (skipped: no recordings)`)

/** Beats with a bump at a time that differs between the classes. */
function beats(seed: number, count: number, labels: readonly number[]): LabelledWindow[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, (_, b) => {
    const label = labels[b % labels.length]!
    const at = (label === labels[0] ? 10 : 20) + 2 * random()
    const values = Float32Array.from(
      { length: 32 },
      (_, i) => Math.exp(-(((i - at) / 2) ** 2)) + 0.05 * smoothNoise(random),
    )
    return { label, values }
  })
}

const { tf } = await loadBackend('js')

describe('evaluate ecg5000', () => {
  test.skipIf(!there)(
    named('on the train file, cross-validated, autoencoders reach an AUC of 0.993 and more than every baseline'),
    { timeout: 300_000 },
    async () => {
      const options = { seed: 1, seeds: 1, normal: 1, backend: 'js' } as const
      const { metrics, baselines, runs, settings } = await evaluateEcg5000Files(recordings, options, () => {})
      expect(settings['counts']).toEqual({ learntFrom: 292, normal: 292, anomalous: 208 })
      expect(metrics['auc']).toBeGreaterThanOrEqual(0.993)
      expect(Object.keys(baselines)).toEqual(['z-score', 'nearest-normal', 'pca', 'pca-2', 'pca-8'])
      for (const [name, baseline] of Object.entries(baselines)) {
        expect(metrics['auc'], name).toBeGreaterThan(baseline['auc']!)
        expect(metrics['pooledAuc'], name).toBeGreaterThan(baseline['pooledAuc']!)
      }
      const { truePositive, falseNegative, falsePositive, trueNegative } = runs[0]!.results['autoencoder']!.confusion
      expect([truePositive + falseNegative, falsePositive + trueNegative]).toEqual([208, 292])
    },
  )

  test('with a test file it learns from the other alone, and the same seed gives the same', () => {
    const data = { train: beats(1, 160, [0, 1]), test: beats(2, 60, [0, 1]) }
    const report = evaluateEcg5000(data, { tf, seeds: [3], normal: 0 })
    expect(report.protocol).toBe('train and test')
    expect(report.counts).toEqual({ learntFrom: 80, normal: 30, anomalous: 30 })
    expect(report.runs[0]!.results['autoencoder']!.aucs).toHaveLength(1)
    expect(report.metrics['auc']).toBeGreaterThan(0.95)
    // What is wrong in the test file's labels changes no threshold and no model.
    const swapped = { ...data, test: data.test.map(({ label, values }) => ({ label: 1 - label, values })) }
    const { truePositive, falseNegative, falsePositive, trueNegative } =
      report.runs[0]!.results['autoencoder']!.confusion
    expect(evaluateEcg5000(swapped, { tf, seeds: [3], normal: 0 }).runs[0]!.results['autoencoder']!.confusion).toEqual({
      truePositive: falsePositive,
      falseNegative: trueNegative,
      falsePositive: truePositive,
      trueNegative: falseNegative,
    })
  })

  test('a label that no beat has, one class alone, too few beats or another length are refused', () => {
    const refused = (train: LabelledWindow[], test?: LabelledWindow[]) =>
      expect(() => evaluateEcg5000({ train, ...(test && { test }) }, { tf, seeds: [1] }))
    refused(beats(1, 100, [2, 3])).toThrow(
      'train: expected beats with the label 1 (normal) and with others, received labels 2, 3',
    )
    refused(beats(1, 100, [1])).toThrow('received labels 1')
    refused(beats(1, 60, [1, 2])).toThrow('train: expected at least 48 normal beats, received 30')
    const short = beats(2, 10, [1, 2]).map(({ label, values }) => ({ label, values: values.slice(1) }))
    refused(beats(1, 100, [1, 2]), short).toThrow('test: expected beats of 32 values as in train, received 31')
  })
})

describe('the files of ECG5000', () => {
  const inFolder = async (names: string[], check: (path: string) => Promise<void>) => {
    const path = await mkdtemp(join(tmpdir(), 'vital-edge-ecg5000-'))
    try {
      for (const name of names) await writeFile(join(path, name), '')
      await check(path)
    } finally {
      await rm(path, { recursive: true })
    }
  }

  test('are found by their names', async () => {
    await inFolder(['ECG5000.txt', 'ECG5000_TEST.tsv', 'ECG5000_TRAIN.tsv', 'README.md'], async (path) => {
      const both = { train: join(path, 'ECG5000_TRAIN.tsv'), test: join(path, 'ECG5000_TEST.tsv') }
      expect(await findEcg5000(path)).toEqual(both)
      expect(await findEcg5000(path, 'other.txt')).toEqual({ ...both, train: 'other.txt' })
      expect(await findEcg5000(both.train)).toEqual({ train: both.train })
    })
  })

  test('one alone is for cross-validation, whatever its name', async () => {
    await inFolder(['ecg5000_test.txt.gz', 'readme.txt'], async (path) => {
      expect(await findEcg5000(path)).toEqual({ train: join(path, 'ecg5000_test.txt.gz') })
    })
  })

  test('a folder with none, or several of which none is for training, says what was expected', async () => {
    await inFolder(['a.md'], (path) => expect(findEcg5000(path)).rejects.toThrow('received none'))
    await inFolder(['a.txt', 'b.txt'], (path) => expect(findEcg5000(path)).rejects.toThrow('received a.txt, b.txt'))
  })
})

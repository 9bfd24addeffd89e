import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Evaluation } from '../evaluation.ts'
import { auroc } from '../../training/measures.ts'
import { outline, precisionRecallCurve, rocCurve, type Point } from './curves.ts'
import { csv, flat } from './flat.ts'
import { plotPicture } from './plot.ts'
import { page, writeReport } from './report.ts'

const area = (points: readonly Point[]) =>
  points.slice(1).reduce((sum, [x, y], i) => sum + ((x - points[i]![0]) * (y + points[i]![1])) / 2, 0)

describe('curves', () => {
  it('of hand-made scores are what can be counted', () => {
    // From the highest threshold on: 9 anomalous, 7 normal, 5 both, 1 normal.
    const [anomalous, normal] = [
      [9, 5],
      [7, 5, 1],
    ]
    expect(rocCurve(anomalous, normal)).toEqual([
      [0, 0],
      [0, 0.5],
      [1 / 3, 0.5],
      [2 / 3, 1],
      [1, 1],
    ])
    expect(precisionRecallCurve(anomalous, normal)).toEqual([
      [0.5, 1],
      [0.5, 0.5],
      [1, 0.5],
      [1, 0.4],
    ])
    expect(() => rocCurve([], normal)).toThrow('received 0 anomalous, 3 normal')
  })

  it('enclose the area that the same scores have, also when thinned', () => {
    const scores = (shift: number) => Array.from({ length: 2000 }, (_, i) => Math.sin(i * 12.9898) + shift)
    const [anomalous, normal] = [scores(0.7), scores(0)]
    const curve = rocCurve(anomalous, normal)
    expect(curve).toHaveLength(300)
    expect(area(curve)).toBeCloseTo(auroc(anomalous, normal), 3)
  })

  it('keep the peaks of a long line', () => {
    const values = new Float32Array(100_000)
    values[54_321] = 7
    values[54_322] = -3
    const points = outline(values)
    expect(points.length).toBeLessThanOrEqual(800)
    expect(points).toContainEqual([54_321, 7])
    expect(points).toContainEqual([54_322, -3])
  })
})

describe('a plot', () => {
  const plot = {
    title: 'a <b>',
    xLabel: 'x',
    yLabel: 'y',
    lines: [
      {
        name: '"l"',
        points: [
          [0, 0],
          [10, 2],
        ] as Point[],
      },
    ],
  }

  it('draws its points between its axes, and escapes names', () => {
    const picture = plotPicture({ ...plot, bands: [{ name: 'anomaly', from: 5, to: 10 }] })
    // From the lower left corner of the area to the upper right one; the band covers its right half.
    expect(picture).toContain('points="62.0,272.0 470.0,34.0"')
    expect(picture).toContain('<rect x="266.0" y="34" width="204.0"')
    expect(picture).toContain('a &lt;b&gt;')
    expect(picture).toContain('&quot;l&quot;')
    expect(picture).not.toContain('<b>')
  })

  it('refuses what cannot be drawn', () => {
    expect(() => plotPicture({ ...plot, lines: [] })).toThrow('expected finite points, received none')
    const broken = { ...plot, lines: [{ name: 'l', points: [[0, NaN]] as Point[] }] }
    expect(() => plotPicture(broken)).toThrow('received 0, NaN')
  })
})

describe('a report', () => {
  const evaluation: Evaluation = {
    suite: 'made',
    commit: 'abc+',
    seed: 3,
    machine: { cpu: 'c', cores: 2, node: 'v', platform: 'p', loadAverage: [1, 2, 3] },
    settings: { inner: { causal: true } },
    metrics: { auc: 0.98765 },
    baselines: { '<pca>': { auc: 0.5 } },
    files: [{ file: 'a,"b"' }, { file: 'c', more: { right: true } } as { file: string }],
  }

  it('has a row a file, quoted where needed', () => {
    expect(csv(evaluation.files.map((file) => flat(file)))).toBe('file,more.right\r\n"a,""b""",\r\nc,true\r\n')
  })

  it('has seed, commit, machine, settings, figures and baselines on its page, and no script', () => {
    const html = page(evaluation, [])
    for (const part of ['abc+', '<td>3</td>', 'inner.causal', '0.9877', '&lt;pca&gt;', '1 2 3'])
      expect(html).toContain(part)
    expect(html).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/)
  })

  it('is three files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vital-edge-report-'))
    try {
      const paths = await writeReport(join(folder, 'new'), evaluation, [])
      expect(paths.map((path) => path.slice(folder.length + 1))).toEqual([
        'new/made.json',
        'new/made.csv',
        'new/made.html',
      ])
      expect(JSON.parse(await readFile(paths[0]!, 'utf8'))).toEqual(evaluation)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

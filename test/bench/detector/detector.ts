import { denseAutoencoder } from '../../../models/architectures/dense.ts'
import { fitDetector, scorerOf } from '../../../models/detectors/fit.ts'
import { splitWeights } from '../../../models/graph/graph.ts'
import { fitSeries, seriesChoices, type Encoder } from '../../../models/series/seriesDetector.ts'
import { stepsAPeriod, stepsOf } from '../../../models/series/seriesPlan.ts'
import { SeriesStream } from '../../../models/series/seriesStream.ts'
import { windowsOf } from '../../../models/series/window.ts'
import { loadBackend } from '../../../models/training/backend.ts'
import { seededRandom } from '../../../models/training/random.ts'
import { interleave, medianRatio, quantile } from '../interleave.ts'
import type { Measured, Suite, SuiteOptions } from '../suite.ts'

/** Points a period: the fewest and the most steps that a period has. */
const periods = [64, 127]
const learntPeriods = 40
/** Of `evaluate ucr`'s baseline: the widths of TensorFlow's ECG tutorial. */
const plainHidden = [32, 16, 8, 16, 32]
const windowsAPass = 500

/** What the fused detector of single series costs a window, against the plain autoencoder in the same engine. */
export const detectorSuite: Suite = {
  about: 'µs a window of the detector of single series, against the plain autoencoder in the same engine',
  async run(options) {
    const measured: Measured = { rows: [], ratios: {} }
    for (const period of periods) {
      const { rows, ratios } = await measureOne(period, options)
      measured.rows.push(...rows)
      Object.assign(measured.ratios, ratios)
    }
    return measured
  },
}

async function measureOne(period: number, { quick }: SuiteOptions): Promise<Measured> {
  const { tf } = await loadBackend('js')
  const values = wave(period)
  const train = values.subarray(0, learntPeriods * period)
  const fitted = fitSeries(train, { tf, seed: 1, encoder: randomEncoder(period) })
  const steps = stepsOf(values, fitted.plan)
  const length = stepsAPeriod(fitted.plan)
  if (length !== period) throw new Error(`expected a period of ${period} steps, received ${length}`)
  const windows = windowsOf(steps, steps.length, length, 'as measured')
  const training = { epochs: 1, patience: 1, batchSize: 64, learningRate: 1e-3, noise: 0 }
  const plain = scorerOf(fitDetector('dense', windows.slice(0, 64), { seed: 1, tf, training, hidden: plainHidden }))
  const stream = new SeriesStream(fitted)
  for (let i = 0; i < 3 * period; i++) stream.push(values[i]!)
  let at = 0
  const next = () => (at = (at + 1) % windows.length)
  const timings = await interleave(
    [
      { name: 'detector', pass: () => scored(() => stream.push(values[next()]!)) },
      { name: 'plainAutoencoder', pass: () => scored(() => plain.score(windows[next()]!)) },
    ],
    { rounds: quick ? 1 : 61, warmUpRounds: quick ? 0 : 5, roundMillis: quick ? 0 : 15, expected: windowsAPass },
  )
  const [detector, autoencoder] = timings as [(typeof timings)[0], (typeof timings)[0]]
  const rows = timings.map(({ name, rounds }) => {
    const micros = (q: number) => (quantile(rounds, q) / windowsAPass) * 1e6
    const spread = { lowerQuartile: micros(0.25), upperQuartile: micros(0.75) }
    return { name: `period${period}.${name}`, value: micros(0.5), unit: 'µs/window', ...spread }
  })
  return { rows, ratios: { [`period${period}.plainToDetector`]: medianRatio(autoencoder, detector) } }
}

/** How many of so many windows got a score. */
function scored(score: () => object | undefined): number {
  let count = 0
  for (let i = 0; i < windowsAPass; i++) if (score() !== undefined) count++
  return count
}

/** A wave with a spike a period, and something that never repeats. */
function wave(period: number): Float64Array {
  const random = seededRandom(3)
  return Float64Array.from({ length: 2 * learntPeriods * period }, (_, i) => {
    const phase = (i % period) / period
    return Math.sin(2 * Math.PI * phase) + 3 * Math.exp(-(((phase - 0.5) / 0.03) ** 2)) + 0.1 * (random() - 0.5)
  })
}

/** What it has learnt does not change what it costs. */
function randomEncoder(length: number): Encoder {
  const { hidden } = seriesChoices
  const whole = denseAutoencoder(length, hidden)
  const layers = whole.layers.slice(0, (hidden.length + 1) / 2)
  const graph = { input: [length], layers }
  const random = seededRandom(4)
  const sizes = [length, ...hidden.slice(0, layers.length)]
  const count = layers.reduce((sum, _, i) => sum + (sizes[i]! + 1) * sizes[i + 1]!, 0)
  const weights = Float32Array.from({ length: count }, () => 0.2 * (random() - 0.5))
  splitWeights(graph, weights)
  return { graph, weights }
}

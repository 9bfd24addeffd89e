import { loadBackend } from '../training/backend.ts'
import { seededRandom, smoothNoise } from '../training/random.ts'
import { checkDetector } from './checkDetector.testing.ts'
import { crossFit, dealFolds } from './crossFit.ts'
import { detectorKinds, fitDetector, type DetectorKind, type FitOptions } from './fit.ts'

const steps = 12
const channels = 3

/** Three signals that belong together: a wave, its opposite at half the height, and a trend, each with some noise. */
function wearer(seed: number, count: number): Float32Array[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => {
    const [phase, height, trend] = [6.3 * random(), 1 + 0.3 * smoothNoise(random), smoothNoise(random)]
    return Float32Array.from({ length: channels * steps }, (_, i) => {
      const [channel, t] = [Math.floor(i / steps), i % steps]
      const wave = height * Math.sin(phase + (2 * Math.PI * t) / steps)
      const value = [70 + 10 * wave, 20 - 5 * wave, 97 + 0.8 * trend + (0.1 * t) / steps][channel]!
      return value + 0.2 * smoothNoise(random)
    })
  })
}

const learnt = wearer(1, 300)
const normal = wearer(2, 120)
const deviation = 60

const settings: Record<DetectorKind, Partial<FitOptions>> = {
  dense: { hidden: [16, 4, 16], training: { epochs: 15, learningRate: 1e-2 } },
  convolutional: {
    convolutional: { filters: [6, 8], kernelSize: 3, code: 6 },
    training: { epochs: 6, learningRate: 1e-2, batchSize: 20 },
  },
  lstm: { lstmUnits: 6, training: { epochs: 3, learningRate: 2e-2, batchSize: 20 } },
  adversarial: { hidden: [16, 6], training: { epochs: 8, learningRate: 1e-2 } },
  'z-score': {},
  pca: { pca: { share: 0.9 } },
  'nearest-normal': {},
}

const places = Array.from({ length: channels }, (_, c) => ({ from: c * steps, to: (c + 1) * steps }))

for (const kind of detectorKinds) {
  const fit = async () => {
    const { tf } = await loadBackend('js')
    // Pure TensorFlow.js is slow with these.
    const few = kind === 'convolutional' || kind === 'lstm'
    return fitDetector(kind, few ? learnt.slice(0, 100) : learnt, { seed: 3, tf, channels, ...settings[kind] })
  }
  checkDetector(kind, { fit, normal, channels: places, deviation })
}

checkDetector('dense, of averaged errors and drawn toward the mean', {
  fit: async () => {
    const { tf } = await loadBackend('js')
    const options = { averagedErrors: 3, reconstructedShare: 0.5, ...settings.dense }
    return fitDetector('dense', learnt, { seed: 3, tf, channels, ...options })
  },
  normal,
  channels: places,
  deviation,
})

checkDetector('an ensemble', {
  fit: async () => {
    const { tf } = await loadBackend('js')
    const folds = dealFolds(learnt.length, 2, 3)
    return crossFit('dense', learnt, folds, { seed: 3, tf, channels, ...settings.dense }).detector
  },
  normal,
  channels: places,
  deviation,
})

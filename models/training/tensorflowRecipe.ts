import type { Tensor2D } from '@tensorflow/tfjs'
import type { TensorFlow } from './backend.ts'
import { flatten } from './epochs.ts'
import { SeededRandom, shuffle } from './random.ts'

/** As the tutorial has it, but for a smaller batch, as there are fewer beats here. */
const recipe = { widths: [32, 16, 8, 16, 32], epochs: 20, batchSize: 64 } as const

/**
 * The plain autoencoder that TensorFlow's own tutorial trains on ECG5000 ("Intro to Autoencoders", third example): all values put
 * to 0 … 1 by one minimum and maximum, dense layers, sigmoid at the end, mean absolute error, Adam. A peer to beat.
 *
 * @param windows normal ones to learn from, all of one length
 * @returns scores windows of that length: mean absolute error of the reconstruction
 */
export function tensorflowRecipe(
  tf: TensorFlow,
  windows: readonly Float32Array[],
  seed: number,
): { score: (windows: readonly Float32Array[]) => Float32Array; dispose: () => void } {
  const inputs = windows[0]!.length
  let [low, high] = [Infinity, -Infinity]
  for (const window of windows)
    for (const value of window) {
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
  const rows = (of: readonly Float32Array[]) =>
    tf.tidy(() =>
      tf
        .tensor2d(flatten(of), [of.length, inputs])
        .sub<Tensor2D>(low)
        .div<Tensor2D>(high - low),
    )
  const glorot = (layer: number) => tf.initializers.glorotUniform({ seed: seed + layer })
  const model = tf.sequential()
  recipe.widths.forEach((units, layer) =>
    model.add(
      tf.layers.dense({
        units,
        activation: 'relu',
        kernelInitializer: glorot(layer),
        ...(layer === 0 && { inputShape: [inputs] }),
      }),
    ),
  )
  model.add(tf.layers.dense({ units: inputs, activation: 'sigmoid', kernelInitializer: glorot(recipe.widths.length) }))
  const optimizer = tf.train.adam()
  const order = Int32Array.from(windows, (_, i) => i)
  const random = new SeededRandom(seed)
  for (let epoch = 0; epoch < recipe.epochs; epoch++) {
    shuffle(order, random.next)
    for (let from = 0; from < order.length; from += recipe.batchSize) {
      const batch = rows([...order.subarray(from, from + recipe.batchSize)].map((i) => windows[i]!))
      optimizer.minimize(() => tf.losses.absoluteDifference(batch, model.apply(batch, { training: true }) as Tensor2D))
      batch.dispose()
    }
  }
  return {
    score: (of) =>
      tf.tidy(() => {
        const target = rows(of)
        return (model.predict(target) as Tensor2D).sub(target).abs().mean(1).dataSync() as Float32Array
      }),
    dispose: () => {
      model.dispose()
      optimizer.dispose()
    },
  }
}

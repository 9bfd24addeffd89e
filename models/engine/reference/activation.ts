import { leakyReluAlpha, type Activation } from '../../graph/graph.ts'

/** Puts what follows a layer's sums into `output`, from index `at` on. A loop each, as a function a value would make garbage. */
export function activate(activation: Activation, sums: Float64Array, output: Float32Array, at: number): void {
  const count = sums.length
  switch (activation) {
    case 'linear':
      for (let j = 0; j < count; j++) output[at + j] = sums[j]!
      return
    case 'relu':
      for (let j = 0; j < count; j++) output[at + j] = sums[j]! < 0 ? 0 : sums[j]!
      return
    case 'leakyRelu':
      for (let j = 0; j < count; j++) output[at + j] = sums[j]! < 0 ? leakyReluAlpha * sums[j]! : sums[j]!
      return
    case 'tanh':
      for (let j = 0; j < count; j++) output[at + j] = Math.tanh(sums[j]!)
      return
    case 'sigmoid':
      for (let j = 0; j < count; j++) output[at + j] = 1 / (1 + Math.exp(-sums[j]!))
  }
}

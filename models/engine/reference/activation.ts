import { leakyReluAlpha, type Activation } from '../../graph/graph.ts'

/** What follows a layer's sums, value by value. */
export function activationOf(activation: Activation): (sum: number) => number {
  switch (activation) {
    case 'linear':
      return (sum) => sum
    case 'relu':
      return (sum) => (sum < 0 ? 0 : sum)
    case 'leakyRelu':
      return (sum) => (sum < 0 ? leakyReluAlpha * sum : sum)
    case 'tanh':
      return Math.tanh
    case 'sigmoid':
      return sigmoid
  }
}

export function sigmoid(sum: number): number {
  return 1 / (1 + Math.exp(-sum))
}

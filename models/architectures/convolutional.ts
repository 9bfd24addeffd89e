import { sizeOf, type Graph, type Layer } from '../graph/graph.ts'

export interface ConvolutionalSettings {
  /** Of each convolution of the encoder, the outermost first; the decoder has them in reverse. */
  filters?: readonly number[]
  kernelSize?: number
  /** Values of the code between encoder and decoder. */
  code?: number
}

/** By what a convolution may shorten its input. */
const strideChoices = [2, 3, 5]

/**
 * A convolutional autoencoder for windows `[steps, channels]`: convolutions with strides, a dense code, and up-sampling with
 * convolutions back. A convolution's stride is the least of 2, 3 and 5 that divides what is left of the steps; windows of
 * a length for which there is none are first brought to one that has by a dense layer, and back by another.
 */
export function convolutionalAutoencoder(
  steps: number,
  channels: number,
  { filters = [8, 16], kernelSize = 7, code = 8 }: ConvolutionalSettings = {},
): Graph {
  const whole = dividedSteps(steps, filters.length)
  const strides = stridesOf(whole, filters.length)
  const shortened = strides.reduce((left, stride) => left / stride, whole)
  const inner: [number, number] = [shortened, filters.at(-1) ?? channels]
  const encoder = filters.map((count, f): Layer => ({
    kind: 'conv1d',
    filters: count,
    kernelSize,
    strides: strides[f]!,
    activation: 'leakyRelu',
  }))
  const decoder = filters.flatMap((_, f): Layer[] => {
    const level = filters.length - 1 - f
    return [
      { kind: 'upSampling1d', size: strides[level]! },
      level === 0
        ? { kind: 'conv1d', filters: channels, kernelSize, strides: 1, activation: 'linear' }
        : { kind: 'conv1d', filters: filters[level - 1]!, kernelSize, strides: 1, activation: 'leakyRelu' },
    ]
  })
  return {
    input: [steps, channels],
    layers: [
      ...(whole === steps ? [] : resized([steps, channels], [whole, channels])),
      ...encoder,
      { kind: 'reshape', shape: [sizeOf(inner)] },
      { kind: 'dense', units: code, activation: 'linear' },
      { kind: 'dense', units: sizeOf(inner), activation: 'leakyRelu' },
      { kind: 'reshape', shape: inner },
      ...decoder,
      ...(whole === steps ? [] : resized([whole, channels], [steps, channels])),
    ],
  }
}

function resized(from: readonly number[], to: readonly number[]): Layer[] {
  return [
    { kind: 'reshape', shape: [sizeOf(from)] },
    { kind: 'dense', units: sizeOf(to), activation: 'linear' },
    { kind: 'reshape', shape: to },
  ]
}

/** The least number of steps, as many or more, that can be shortened so many times. */
function dividedSteps(steps: number, levels: number): number {
  let whole = steps
  while (stridesOf(whole, levels).length < levels) whole++
  return whole
}

function stridesOf(steps: number, levels: number): number[] {
  const strides: number[] = []
  for (let left = steps; strides.length < levels;) {
    const stride = strideChoices.find((choice) => left % choice === 0)
    if (stride === undefined) break
    strides.push(stride)
    left /= stride
  }
  return strides
}

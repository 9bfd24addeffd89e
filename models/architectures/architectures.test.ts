import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { shapedLayers, sizeOf, weightCount, type Graph } from '../graph/graph.ts'
import { graphSchema } from '../graph/graphSchema.ts'
import { adversarialAutoencoders } from './adversarial.ts'
import { chain } from './chain.ts'
import { convolutionalAutoencoder } from './convolutional.ts'
import { denseAutoencoder } from './dense.ts'
import { lstmAutoencoder } from './lstm.ts'

const outputOf = (graph: Graph) => shapedLayers(graph).at(-1)!.output

/** Values of the narrowest place of a graph. */
const narrowest = (graph: Graph) => Math.min(...shapedLayers(graph).map(({ output }) => sizeOf(output)))

describe('architectures', () => {
  test('a convolutional autoencoder gives back windows of any length and any number of channels', () => {
    const filters = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 })
    const cases = [fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 6 }), filters] as const
    fc.assert(
      fc.property(...cases, (steps, channels, filters) => {
        const graph = convolutionalAutoencoder(steps, channels, { filters, kernelSize: 5, code: 4 })
        expect(outputOf(graph)).toEqual([steps, channels])
        expect(narrowest(graph)).toBeLessThanOrEqual(4)
        expect(graphSchema.parse(graph)).toEqual(graph)
      }),
    )
  })

  test('a convolutional autoencoder needs no further layers where strides divide the length', () => {
    const kinds = convolutionalAutoencoder(140, 1).layers.map(({ kind }) => kind)
    const decoder = ['upSampling1d', 'conv1d', 'upSampling1d', 'conv1d']
    expect(kinds).toEqual(['conv1d', 'conv1d', 'reshape', 'dense', 'dense', 'reshape', ...decoder])
    expect(convolutionalAutoencoder(30, 5).layers.filter(({ kind }) => kind === 'dense')).toHaveLength(2)
    expect(convolutionalAutoencoder(89, 2).layers.filter(({ kind }) => kind === 'dense')).toHaveLength(4)
  })

  test('an LSTM autoencoder gives back its windows through one vector', () => {
    const graph = lstmAutoencoder(140, 2, 8)
    expect(outputOf(graph)).toEqual([140, 2])
    expect(narrowest(graph)).toBe(8)
    // Two LSTMs of 4·8·(inputs + 8 + 1), and 8·2 + 2.
    expect(weightCount(graph)).toBe(32 * 11 + 32 * 17 + 18)
  })

  test('the parts of an adversarial pair fit together in every way that is needed', () => {
    const { encoder, decoder } = adversarialAutoencoders(140, [32, 16, 8])
    const autoencoder = chain(encoder, decoder)
    expect(outputOf(encoder)).toEqual([8])
    expect(outputOf(autoencoder)).toEqual([140])
    const both = chain(autoencoder, autoencoder)
    expect(outputOf(both)).toEqual([140])
    expect(weightCount(both)).toBe(2 * weightCount(autoencoder))
  })

  test('a chain reshapes between parts where it must, and refuses parts that do not fit', () => {
    const flat = denseAutoencoder(12, [4])
    const both = chain(flat, lstmAutoencoder(6, 2, 3))
    expect(both.layers[2]).toEqual({ kind: 'reshape', shape: [6, 2] })
    expect(weightCount(both)).toBe(weightCount(flat) + weightCount(lstmAutoencoder(6, 2, 3)))
    expect(() => chain(flat, denseAutoencoder(13, [4]))).toThrow('layers[2] (reshape): expected 12 values')
  })
})

describe('graphSchema', () => {
  test('layers that do not fit, are unknown or beyond reason are refused by name', () => {
    const refused = (graph: unknown) => graphSchema.safeParse(graph).error!.issues[0]!
    const dense = { kind: 'dense', units: 4, activation: 'relu' }
    expect(refused({ input: [4], layers: [{ kind: 'reshape', shape: [3] }] }).message).toContain('layers[0] (reshape)')
    expect(refused({ input: [4], layers: [dense, { ...dense, kind: 'gru' }] }).path).toEqual(['layers', 1, 'kind'])
    expect(refused({ input: [4], layers: [{ ...dense, units: 0 }] }).path).toEqual(['layers', 0, 'units'])
    expect(refused({ input: [10_000], layers: [{ ...dense, units: 10_000 }] }).message).toContain('weights, received')
    expect(refused({ input: [4], layers: [{ ...dense, more: 1 }] }).message).toContain('more')
  })
})

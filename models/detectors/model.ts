import { z } from 'zod'
import { reconstructorOf, type Network, type Reconstructor } from '../engine/network.ts'
import { compileNetwork } from '../engine/compile.ts'
import { shapedLayers, sizeOf, splitWeights, weightCount, type Graph } from '../graph/graph.ts'
import { graphSchema } from '../graph/graphSchema.ts'
import type { ScoreTerm } from '../scorer.ts'
import { chain } from '../architectures/chain.ts'
import { averagingErrors } from './averagedErrors.ts'
import { nearestNormal } from './baselines/nearestNormal.ts'
import { pca, pcaParameterCount } from './baselines/pca.ts'
import { usual } from './baselines/zScore.ts'
import { scaledBy, shrunk, stepByStep } from './layout.ts'

const singleModelSchema = z.discriminatedUnion('kind', [
  /** Parameters: the graph's weights. */
  z.strictObject({
    kind: z.literal('autoencoder'),
    architecture: z.enum(['dense', 'convolutional', 'lstm']),
    graph: graphSchema,
    /** Errors are judged as means over so many neighbouring points of a signal. */
    averagedErrors: z
      .strictObject({
        points: z
          .int()
          .min(1)
          .max(10_001)
          .refine((points) => points % 2 === 1, 'expected an odd number'),
        channels: z.int().min(1).max(10_000),
      })
      .optional(),
    /** Share of the reconstructed deviation from the mean that counts; see `shrunk`. */
    reconstructedShare: z.number().positive().max(1).optional(),
  }),
  /**
   * USAD (Audibert et al., KDD 2020): the score is `alpha`·‖w − AE1(w)‖² + `beta`·‖w − AE2(AE1(w))‖². Parameters: the weights of
   * the first autoencoder, then of the second; what they share lies in both.
   */
  z
    .strictObject({
      kind: z.literal('adversarial'),
      autoencoder: graphSchema,
      second: graphSchema,
      alpha: z.number().min(0),
      beta: z.number().min(0),
      /** Scaled value that the networks see as 1; their output lies within it. */
      range: z.number().positive(),
    })
    .refine(({ alpha, beta }) => alpha + beta > 0, { path: ['alpha'], message: 'alpha or beta above 0' }),
  /** The usual window is expected, whatever comes. No parameters. */
  z.strictObject({ kind: z.literal('z-score') }),
  /** Parameters: the components, each as long as a window, their variances, and the variance that is left. */
  z.strictObject({ kind: z.literal('pca'), components: z.int().min(1).max(10_000) }),
  /** Parameters: the windows learnt. */
  z.strictObject({
    kind: z.literal('nearest-normal'),
    windows: z.int().min(1).max(1_000_000),
    /** `z-normalised`: by each window's own mean and spread, as is common for shapes (UCR). */
    compare: z.enum(['as measured', 'z-normalised']),
  }),
])

/** Whatever can be kept in a bundle; its numbers lie in one array beside it. */
export const modelSchema = z.discriminatedUnion('kind', [
  ...singleModelSchema.options,
  /** Models of different seeds, say, that count alike (Lakshminarayanan et al., NeurIPS 2017). Parameters: one after another. */
  z.strictObject({ kind: z.literal('ensemble'), members: z.array(singleModelSchema).min(1).max(100) }),
])

export type Model = z.infer<typeof modelSchema>

export type Compile = (graph: Graph, weights: Float32Array) => Network

/**
 * Numbers that a model for windows of so many values has.
 * @throws RangeError where a graph does not take or give as many values.
 */
export function parameterCount(model: Model, inputs: number): number {
  switch (model.kind) {
    case 'autoencoder': {
      const { channels = 1 } = model.averagedErrors ?? {}
      if (inputs % channels !== 0) {
        throw new RangeError(`averagedErrors.channels: expected a divisor of ${inputs}, received ${channels}`)
      }
      return autoencoderWeights('graph', model.graph, inputs)
    }
    case 'adversarial':
      return (
        autoencoderWeights('autoencoder', model.autoencoder, inputs) +
        autoencoderWeights('second', model.second, inputs)
      )
    case 'z-score':
      return 0
    case 'pca':
      return pcaParameterCount(model.components, inputs)
    case 'nearest-normal':
      return model.windows * inputs
    case 'ensemble':
      return model.members.reduce((sum, member) => sum + parameterCount(member, inputs), 0)
  }
}

/**
 * The terms of a model's score. A graph with an input `[steps, channels]` gets step by step what a window has channel by
 * channel.
 * @throws RangeError where the number of parameters is not the model's, or one is not finite.
 */
export function createTerms(
  model: Model,
  inputs: number,
  parameters: Float32Array,
  compile: Compile = compileNetwork,
): ScoreTerm[] {
  const expected = parameterCount(model, inputs)
  if (parameters.length !== expected) {
    throw new RangeError(`parameters: expected ${expected} values, received ${parameters.length}`)
  }
  const broken = parameters.findIndex((value) => !Number.isFinite(value))
  if (broken >= 0)
    throw new RangeError(`parameters[${broken}]: expected a finite number, received ${parameters[broken]}`)
  const network = (graph: Graph, weights: Float32Array): Reconstructor => {
    checkVariances(graph, weights)
    return stepByStep(reconstructorOf(compile(graph, weights)), graph)
  }
  switch (model.kind) {
    case 'autoencoder': {
      const { graph, averagedErrors, reconstructedShare = 1 } = model
      const whole = shrunk(reconstructedShare, network(graph, parameters))
      return [{ model: averagedErrors ? averagingErrors(whole, averagedErrors) : whole, share: 1 }]
    }
    case 'adversarial': {
      const { autoencoder, second, alpha, beta, range } = model
      const first = network(autoencoder, parameters.subarray(0, weightCount(autoencoder)))
      // The parameters are in the order of the two after each other.
      const both = network(chain(autoencoder, second), parameters)
      return [
        { model: scaledBy(range, first), share: alpha },
        { model: scaledBy(range, both), share: beta },
      ]
    }
    case 'z-score':
      return [{ model: usual(inputs), share: 1 }]
    case 'pca':
      return [{ model: pca(parameters, model.components, inputs), share: 1 }]
    case 'nearest-normal':
      return [{ model: nearestNormal(parameters, inputs, model.compare), share: 1 }]
    case 'ensemble': {
      let offset = 0
      return model.members.flatMap((member) => {
        const own = parameters.subarray(offset, (offset += parameterCount(member, inputs)))
        const terms = createTerms(member, inputs, own, compile)
        return terms.map((term) => ({ ...term, share: term.share / model.members.length }))
      })
    }
  }
}

function autoencoderWeights(name: string, graph: Graph, inputs: number): number {
  const taken = sizeOf(graph.input)
  const given = sizeOf(shapedLayers(graph).at(-1)?.output ?? graph.input)
  if (taken !== inputs) throw new RangeError(`${name}.input: expected ${inputs} values, received ${taken}`)
  if (given !== inputs) throw new RangeError(`${name}: expected ${inputs} values out, received ${given}`)
  return weightCount(graph)
}

function checkVariances(graph: Graph, weights: Float32Array): void {
  const layers = splitWeights(graph, weights)
  graph.layers.forEach(({ kind }, l) => {
    const variances = kind === 'batchNormalization' ? layers[l]![3]! : new Float32Array()
    const broken = variances.find((value) => value < 0)
    if (broken === undefined) return
    throw new RangeError(`graph.layers.${l} (${kind}) variances: expected at least 0, received ${broken}`)
  })
}

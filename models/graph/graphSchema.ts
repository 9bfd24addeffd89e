import { z } from 'zod'
import { activations, shapedLayers, weightCount, type Graph } from './graph.ts'

/** More weights than this are taken for a mistake: 64 MB. */
const mostWeights = 2 ** 24

const size = z.int().min(1).max(mostWeights)
const activation = z.enum(activations)

const layerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('dense'), units: size, activation }),
  z.strictObject({ kind: z.literal('conv1d'), filters: size, kernelSize: size, strides: size, activation }),
  z.strictObject({ kind: z.literal('upSampling1d'), size }),
  z.strictObject({ kind: z.literal('batchNormalization'), epsilon: z.number().positive() }),
  z.strictObject({ kind: z.literal('lstm'), units: size, returnSequences: z.boolean() }),
  z.strictObject({ kind: z.literal('repeatVector'), times: size }),
  z.strictObject({ kind: z.literal('reshape'), shape: z.array(size).min(1).max(2) }),
])

/** A `Graph` from outside: its layers are known, fit together, and are of a reasonable size. */
export const graphSchema = z
  .strictObject({ input: z.array(size).min(1).max(2), layers: z.array(layerSchema).min(1).max(100) })
  .superRefine((graph, context) => {
    const problem = problemOf(graph)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
  }) satisfies z.ZodType<Graph>

function problemOf(graph: Graph): string | undefined {
  try {
    shapedLayers(graph)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  const count = weightCount(graph)
  return count <= mostWeights ? undefined : `expected at most ${mostWeights} weights, received ${count}`
}

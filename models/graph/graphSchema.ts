import { z } from 'zod'
import { activations, operationCount, shapedLayers, sizeOf, weightCount, type Graph } from './graph.ts'

/** More weights than this are taken for a mistake: 64 MB. */
const mostWeights = 2 ** 24
/** Of all layers together: 4 MB a window. */
const mostValues = 2 ** 20
/** Some tenths of a second a window. */
const mostOperations = 2 ** 30

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
  let values
  try {
    values = shapedLayers(graph).reduce((sum, { output }) => sum + sizeOf(output), sizeOf(graph.input))
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  const figures = [
    ['weights', weightCount(graph), mostWeights],
    ['values of all layers', values, mostValues],
    ['operations a window', operationCount(graph), mostOperations],
  ] as const
  const beyond = figures.find(([, count, most]) => !(count <= most))
  return beyond && `expected at most ${beyond[2]} ${beyond[0]}, received ${beyond[1]}`
}

import { shapedLayers, type Graph, type Layer } from '../graph/graph.ts'

/**
 * One graph after another; the weights are those of the parts in the same order.
 * @throws RangeError where one takes another number of values than the one before it gives.
 */
export function chain(first: Graph, ...others: readonly Graph[]): Graph {
  const layers: Layer[] = [...first.layers]
  for (const graph of others) {
    const given = shapedLayers({ input: first.input, layers }).at(-1)?.output ?? first.input
    if (given.join() !== graph.input.join()) layers.push({ kind: 'reshape', shape: graph.input })
    layers.push(...graph.layers)
  }
  const whole = { input: first.input, layers }
  shapedLayers(whole)
  return whole
}

import { activations, sizeOf, type Graph } from '../graph/graph.ts'
import { checkBatch, checkRange, checkWindows } from './batch.ts'
import { fusedLayers, type RunnableLayer } from './fusedGraph.ts'
import { MemoryPlan, panelBias, panels } from './memoryPlan.ts'
import type { Network } from './network.ts'
import { samePadding } from './samePadding.ts'
import { instantiate } from './simdKernels.ts'

/**
 * A graph as one flat plan over preallocated WebAssembly memory, run by SIMD kernels; a run allocates nothing.
 * @throws RangeError where weights and graph do not fit together.
 */
export function simdNetwork(
  module: WebAssembly.Module,
  graph: Graph,
  weights: Float32Array,
  maxBatch: number,
): Network {
  checkBatch(maxBatch)
  const layout = new MemoryPlan()
  const inputLength = sizeOf(graph.input)
  const inputAt = layout.room(maxBatch * inputLength)
  let at = inputAt
  let outputLength = inputLength
  for (const layer of fusedLayers(graph, weights)) {
    at = addLayer(layout, layer, at, maxBatch)
    outputLength = sizeOf(layer.output)
  }
  const { memory, plan, rows } = layout.lay()
  const kernels = instantiate(module, memory)
  return {
    graph,
    path: 'simd',
    maxBatch,
    input: new Float32Array(memory.buffer, inputAt, maxBatch * inputLength),
    output: new Float32Array(memory.buffer, at, maxBatch * outputLength),
    run(windows) {
      checkWindows(windows, maxBatch)
      kernels.run(plan, rows, windows)
    },
    highest(from, until) {
      checkRange(from, until, outputLength)
      return kernels.highest(at + 4 * from, until - from)
    },
  }
}

/** Adds a layer to the plan; returns where its output lies. */
function addLayer(layout: MemoryPlan, layer: RunnableLayer, from: number, maxBatch: number): number {
  const { layer: spec, input, output, weights } = layer
  const [size, channels] = [sizeOf(input), input.at(-1)!]
  const rows = size / channels
  const room = () => layout.room(maxBatch * sizeOf(output))
  switch (spec.kind) {
    case 'dense': {
      const to = room()
      addDense(layout, from, to, weights, [
        channels,
        spec.units,
        activations.indexOf(spec.activation),
        rows,
        channels,
        size,
      ])
      return to
    }
    case 'conv1d': {
      const { kernelSize, strides, filters } = spec
      const { left, right } = samePadding(input[0]!, kernelSize, strides)
      const padded = size + (left + right) * channels
      const source = padded === size ? from : layout.room(maxBatch * padded)
      if (padded > size) layout.add('pad', from, source, 0, 0, size, left * channels, padded)
      const to = room()
      // A window of the convolution is one row of a dense layer.
      const shape = [kernelSize * channels, filters, activations.indexOf(spec.activation), output[0]!]
      addDense(layout, source, to, weights, [...shape, strides * channels, padded])
      return to
    }
    case 'upSampling1d':
    case 'repeatVector': {
      const to = room()
      layout.add('repeat', from, to, 0, 0, channels, spec.kind === 'repeatVector' ? spec.times : spec.size, rows)
      return to
    }
    case 'batchNormalization': {
      const to = room()
      layout.add('scale', from, to, layout.keep(weights[0]!), layout.keep(weights[1]!), channels, rows)
      return to
    }
    case 'reshape':
      return from
    case 'lstm': {
      const { units, returnSequences } = spec
      const [kernel, recurrent, bias] = weights as [Float32Array, Float32Array, Float32Array]
      const sums = layout.room(maxBatch * rows * 4 * units)
      addDense(layout, from, sums, [kernel, bias], [channels, 4 * units, 0, rows, channels, size])
      const state = layout.room(2 * Math.ceil(units / 4) * 4 + 4 * units + 4)
      const to = room()
      const recurrentAt = layout.keep(panels(recurrent, units, 4 * units))
      layout.add('lstm', sums, to, recurrentAt, state, units, rows, returnSequences ? 1 : 0)
      return to
    }
  }
}

/** @param operands inputs, outputs, activation, rows a window, step between rows, values a window of the input. */
function addDense(
  layout: MemoryPlan,
  from: number,
  to: number,
  [kernel, bias]: readonly Float32Array[],
  operands: readonly number[],
): void {
  const [inputs, outputs] = operands as [number, number]
  layout.add(
    'dense',
    from,
    to,
    layout.keep(panels(kernel!, inputs, outputs)),
    layout.keep(panelBias(bias!)),
    ...operands,
  )
}

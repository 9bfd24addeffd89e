import type { Reconstructor } from '../engine/network.ts'
import type { Graph } from '../graph/graph.ts'

/**
 * Channel by channel, as a window lies, to step by step, as a network `[steps, channels]` takes it; `back` the other way.
 */
export function interleave(
  window: Float32Array,
  channels: number,
  out: Float32Array,
  direction: 'forth' | 'back' = 'forth',
): void {
  const steps = window.length / channels
  for (let c = 0, i = 0; c < channels; c++) {
    for (let t = 0; t < steps; t++, i++) {
      const j = t * channels + c
      if (direction === 'forth') out[j] = window[i]!
      else out[i] = window[j]!
    }
  }
}

/** Channels of a graph's input; 1 where it is flat. */
export function channelsOf({ input }: Graph): number {
  return input.length === 2 ? input[1]! : 1
}

/** A network that takes windows channel by channel, whatever its own order. */
export function stepByStep(network: Reconstructor, graph: Graph): Reconstructor {
  const channels = channelsOf(graph)
  if (channels === 1) return network
  const input = new Float32Array(network.length)
  const output = new Float32Array(network.length)
  return {
    length: network.length,
    reconstruct(window, out) {
      interleave(window, channels, input)
      network.reconstruct(input, output)
      interleave(output, channels, out, 'back')
    },
  }
}

/** A model whose 1 is a window's `range`. */
export function scaledBy(range: number, model: Reconstructor): Reconstructor {
  const input = new Float32Array(model.length)
  return {
    length: model.length,
    reconstruct(window, out) {
      for (let i = 0; i < input.length; i++) input[i] = window[i]! / range
      model.reconstruct(input, out)
      for (let i = 0; i < input.length; i++) out[i]! *= range
    },
  }
}

/**
 * A model whose reconstruction of scaled windows is drawn toward their mean, 0, as an estimate from few examples is (ridge
 * regression): it gives back only this share, so that what it has learnt to copy of an anomaly does not excuse all of it.
 */
export function shrunk(share: number, model: Reconstructor): Reconstructor {
  if (share === 1) return model
  return {
    length: model.length,
    reconstruct(window, out, missing) {
      model.reconstruct(window, out, missing)
      for (let i = 0; i < model.length; i++) out[i]! *= share
    },
  }
}

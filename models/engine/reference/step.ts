import type { ShapedLayer } from '../../graph/graph.ts'

/** A layer with its weights, and where a window's values come from and go to. */
export interface Step<Kind extends ShapedLayer['layer']['kind']> {
  layer: Extract<ShapedLayer['layer'], { kind: Kind }>
  weights: readonly Float32Array[]
  inputShape: readonly number[]
  input: Float32Array
  output: Float32Array
}

/** Computes a layer for one window. */
export type RunStep = () => void

import { denseAutoencoder } from '../architectures/dense.ts'
import { compileNetwork } from '../engine/compile.ts'
import { splitWeights, type Graph } from '../graph/graph.ts'
import type { TensorFlow } from '../training/backend.ts'
import { flatten } from '../training/epochs.ts'
import { trainNetwork } from '../training/trainNetwork.ts'
import { nearestGraph, NormalMemory, type NearestGraph } from './normalMemory.ts'
import { planSeries, stepsAPeriod, stepsOf, type SeriesPlan } from './seriesPlan.ts'
import { smoothed } from './smoothed.ts'
import { usualSteps } from './usualSteps.ts'
import { viewWindow, type WindowView } from './window.ts'

/** One way to look at a series: windows of some length, and how far they lie from normal ones. */
export interface SeriesTerm extends NearestGraph {
  name: TermName
  view: WindowView
  windowSteps: number
  /** Smoothed distance that 99 % of the normal beginning stay below: what counts as 1. */
  usual: number
}

export interface FittedSeries {
  plan: SeriesPlan
  terms: SeriesTerm[]
  /** Steps over which distances are averaged. */
  smoothingSteps: number
  /** Of the term that has one. */
  encoder?: Encoder
}

/** Chosen once for all series; `evaluation/README.md` says among what. */
export const seriesChoices = {
  terms: {
    /** Amplitude and shape of a part of a wave: its slopes, and level against its surroundings. */
    detail: { periods: 0.25, view: 'offset removed', encoded: false },
    /** The shape of half a period. */
    shape: { periods: 0.5, view: 'z-normalised', encoded: false },
    /** A whole period, as the autoencoder's code has it. */
    code: { periods: 1, view: 'z-normalised', encoded: true },
  },
  /** Periods over which distances are averaged. */
  smoothingPeriods: 0.5,
  usualQuantile: 0.99,
  /** Normal windows that a term keeps at most. */
  memory: 1024,
  hidden: [32, 8, 32],
  training: { steps: 800, windows: 2048, batchSize: 64, learningRate: 2e-3, noise: 0.1 },
} as const

export type TermName = keyof typeof seriesChoices.terms

/** Other choices than the usual ones, for an ablation. */
export interface SeriesVariant {
  terms?: readonly TermName[]
  smoothingPeriods?: number
  memory?: number
  /** `as windows`: a period is compared by its points and not by its code. */
  code?: 'encoded' | 'as windows'
  /** `usual`: what is unusual in the beginning is left out; for one that nobody has looked at. */
  learnt?: 'all' | 'usual'
}

/** A network as a part of another. */
export interface Encoder {
  graph: Graph
  weights: Float32Array
}

export interface SeriesFitOptions {
  tf: TensorFlow
  seed: number
  variant?: SeriesVariant
  /** Trained before on the same beginning, with the same seed. */
  encoder?: Encoder
}

export const termNames = Object.keys(seriesChoices.terms) as TermName[]

/**
 * Learns how a series usually goes on from its beginning. Same values, seed and backend: the same detector.
 * @param train finite values, in any unit and at any rate.
 * @throws RangeError for a beginning that is too short or constant; see `planSeries`.
 */
export function fitSeries(train: Float64Array, { tf, seed, variant = {}, encoder }: SeriesFitOptions): FittedSeries {
  const { smoothingPeriods = seriesChoices.smoothingPeriods, memory = seriesChoices.memory } = variant
  const plan = planSeries(train)
  const steps = stepsOf(train, plan)
  const period = stepsAPeriod(plan)
  const smoothingSteps = Math.max(1, Math.floor(smoothingPeriods * period))
  const usual = variant.learnt === 'usual' ? usualSteps(steps, period) : undefined
  let trained = encoder
  const terms = (variant.terms ?? termNames).map((name) => {
    const { periods, view, encoded } = seriesChoices.terms[name]
    const windowSteps = Math.max(8, Math.round(periods * period))
    const learnt = startsOf(windowSteps, steps.length, usual)
    const byCode = encoded && variant.code !== 'as windows'
    if (byCode) trained ??= trainEncoder(windowsAt(learnt, steps, windowSteps, view), tf, seed)
    const part = byCode ? trained! : { graph: { input: [windowSteps], layers: [] }, weights: new Float32Array() }
    const kept = spread(memory, learnt)
    const nearest = nearestGraph(part.graph, part.weights, codesOf(part, windowsAt(kept, steps, windowSteps, view)))
    const distance = usualDistance(steps, { view, windowSteps, ...nearest }, kept, learnt, smoothingSteps)
    return { name, view, windowSteps, ...nearest, usual: distance }
  })
  return { plan, smoothingSteps, terms, ...(trained && { encoder: trained }) }
}

/** Where the windows begin that hold nothing unusual; all of them where too few do. */
function startsOf(windowSteps: number, steps: number, usual?: Uint8Array): Int32Array {
  const count = steps - windowSteps + 1
  if (count < 2) throw new RangeError(`train: expected more than ${windowSteps} steps, received ${steps}`)
  const starts = Int32Array.from({ length: count }, (_, from) => from)
  if (usual === undefined) return starts
  let run = usual.subarray(0, windowSteps - 1).reduce((sum, one) => sum + one, 0)
  const whole = starts.filter((from) => {
    run += usual[from + windowSteps - 1]!
    const isWhole = run === windowSteps
    run -= usual[from]!
    return isWhole
  })
  return whole.length >= windowSteps ? whole : starts
}

/** At most so many of them, evenly from the first to the last. */
function spread(most: number, starts: Int32Array): Int32Array {
  const count = Math.min(most, starts.length)
  return Int32Array.from(
    { length: count },
    (_, k) => starts[Math.floor((k * (starts.length - 1)) / Math.max(1, count - 1))]!,
  )
}

function windowsAt(starts: Int32Array, steps: Float32Array, windowSteps: number, view: WindowView): Float32Array[] {
  return Array.from(starts, (from) => {
    const window = new Float32Array(windowSteps)
    viewWindow(steps, from, view, window)
    return window
  })
}

/** Each window of the beginning is judged by those that overlap it by half at most. */
function usualDistance(
  steps: Float32Array,
  term: Pick<SeriesTerm, 'view' | 'windowSteps'> & NearestGraph,
  kept: Int32Array,
  learnt: Int32Array,
  smoothingSteps: number,
): number {
  const { view, windowSteps } = term
  const memory = new NormalMemory(term)
  const apart = Math.max(1, Math.floor(windowSteps / 2))
  let [except, until] = [0, 0]
  const distances = Float32Array.from({ length: steps.length - windowSteps + 1 }, (_, from) => {
    while (except < kept.length && kept[except]! <= from - apart) except++
    while (until < kept.length && kept[until]! < from + apart) until++
    viewWindow(steps, from, view, memory.input)
    const distance = memory.distance(except, until)
    return Number.isFinite(distance) ? distance : 0
  })
  const level = smoothed(distances, smoothingSteps)
  const sorted = Float32Array.from(learnt, (from) => level[from]!).sort()
  // Where the beginning repeats exactly, any distance is large.
  return Math.max(sorted[Math.floor(seriesChoices.usualQuantile * (sorted.length - 1))]!, 1e-6)
}

/** The first half of an autoencoder, up to its code. */
function trainEncoder(all: readonly Float32Array[], tf: TensorFlow, seed: number): Encoder {
  const { hidden, training } = seriesChoices
  const length = all[0]!.length
  const graph = denseAutoencoder(length, hidden)
  const stride = Math.max(1, Math.ceil(all.length / training.windows))
  const windows = all.filter((_, i) => i % stride === 0)
  const { weights } = trainNetwork(tf, graph, windows, [], {
    seed,
    ...trainingOf(windows.length),
    lossWeights: new Float32Array(length).fill(1),
  })
  const layers = graph.layers.slice(0, (hidden.length + 1) / 2)
  const parts = splitWeights(graph, weights).slice(0, layers.length)
  return { graph: { input: [length], layers }, weights: flatten(parts.flat()) }
}

/** As many epochs as make the number of steps. */
export function trainingOf(windows: number) {
  const { steps, batchSize: most, learningRate, noise } = seriesChoices.training
  const batchSize = Math.min(most, windows)
  const epochs = Math.max(1, Math.round(steps / Math.floor(windows / batchSize)))
  return { epochs, patience: epochs, batchSize, learningRate, noise }
}

/** What an encoder makes of windows; without layers the windows themselves. */
function codesOf({ graph, weights }: Encoder, windows: Float32Array[]): Float32Array {
  if (graph.layers.length === 0) return flatten(windows)
  const network = compileNetwork(graph, weights)
  const codes = windows.map((window) => {
    network.input.set(window)
    network.run(1)
    return network.output.slice()
  })
  return flatten(codes)
}

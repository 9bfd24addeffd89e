import { performance } from 'node:perf_hooks'
import type { LayersModel, Tensor } from '@tensorflow/tfjs'
import { sizeOf } from '../../../models/graph/graph.ts'
import { buildModel, setWeights } from '../../../models/graph/tensorflow.ts'
import { loadPeer, type PeerName } from './backends.ts'
import type { Subject } from './networks.ts'
import type { Answer, Request } from './peer.ts'

/** One backend of TensorFlow.js, used as its documentation shows it: a tensor from the windows, `predict`, the values back. */
const peer = await loadPeer(process.argv[2] as PeerName)
let model: LayersModel | undefined
let predict = (): Float32Array => new Float32Array(0)
let runs = 1

function load({ graph, weights }: Pick<Subject, 'graph' | 'weights'>, inputs: Float32Array): void {
  if ('unavailable' in peer) throw new Error(peer.unavailable)
  const { tf } = peer
  model?.dispose()
  const loaded = buildModel(tf, graph, 1)
  setWeights(tf, loaded, graph, weights)
  const shape = [inputs.length / sizeOf(graph.input), ...graph.input]
  model = loaded
  predict = () => tf.tidy(() => (loaded.predict(tf.tensor(inputs, shape)) as Tensor).dataSync<'float32'>())
}

/** Runs until V8 has compiled what it will; then sees how many runs take `millis`. */
function warmUp(warmUpMillis: number, millis: number): void {
  for (const began = performance.now(); performance.now() - began < warmUpMillis;) predict()
  const began = performance.now()
  for (runs = 0; runs === 0 || performance.now() - began < millis; runs++) predict()
}

function answer(request: Request): Answer {
  if (request.kind === 'run') {
    for (let i = 0; i < runs; i++) predict()
    return { kind: 'ran' }
  }
  load(request, request.inputs)
  const outputs = predict()
  warmUp(request.warmUpMillis, request.passMillis)
  return { kind: 'loaded', outputs, runs }
}

process.on('message', (request: Request) => process.send!(answer(request)))
process.on('disconnect', () => process.exit())
process.send!('unavailable' in peer ? { kind: 'absent', reason: peer.unavailable } : { kind: 'ready' })

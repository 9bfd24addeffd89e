import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Tensor } from '@tensorflow/tfjs'
import { compileNetwork } from '../../../models/engine/compile.ts'
import { buildModel, setWeights } from '../../../models/graph/tensorflow.ts'
import { loadTfjsNode } from '../../../models/native/tfjsNode.ts'
import type { TensorFlow } from '../../../models/training/backend.ts'
import type { Subject } from './networks.ts'

/** One way of running a network; gives the outputs of a batch. */
export interface Runner {
  name: string
  run: () => Float32Array
}

const require = createRequire(import.meta.url)

export interface Peers {
  tf: TensorFlow
  /** Backends of TensorFlow.js that run here, by the name of their row. */
  backends: Record<string, string>
  /** Those that do not, with the reason. */
  absent: Record<string, string>
}

/** TensorFlow.js with every backend that loads: pure JavaScript, WebAssembly, and the native library where it is installed. */
export async function loadPeers(): Promise<Peers> {
  // First, as the engine of TensorFlow.js is one a process.
  const native = await loadTfjsNode()
  const tf = 'tf' in native ? native.tf : (require('@tensorflow/tfjs') as TensorFlow)
  const wasm = require('@tensorflow/tfjs-backend-wasm') as { setWasmPaths: (folder: string) => void }
  wasm.setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), '/'))
  require('@tensorflow/tfjs-backend-cpu')
  const backends: Record<string, string> = { tfjsCpu: 'cpu', tfjsWasm: 'wasm' }
  const absent: Record<string, string> = {}
  if ('tf' in native) backends['tfjsNode'] = 'tensorflow'
  else absent['tfjsNode'] = native.unavailable
  for (const backend of Object.values(backends)) {
    if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js: expected backend ${backend} to load`)
  }
  return { tf, backends, absent }
}

/** Ours, on both paths. */
export function ownRunners({ graph, weights }: Subject, inputs: Float32Array, batch: number): Runner[] {
  return (['simd', 'typescript'] as const).map((path) => {
    const network = compileNetwork(graph, weights, { maxBatch: batch, path })
    return {
      name: path === 'simd' ? 'engine' : 'typescript',
      run: () => {
        network.input.set(inputs)
        network.run(batch)
        return network.output
      },
    }
  })
}

/** The peers, used as their documentation shows it: a tensor from the window, `predict`, and the values back. */
export async function peerRunners(
  { tf, backends }: Peers,
  { graph, weights }: Subject,
  inputs: Float32Array,
  batch: number,
): Promise<Runner[]> {
  const runners: Runner[] = []
  for (const [name, backend] of Object.entries(backends)) {
    await tf.setBackend(backend)
    const model = buildModel(tf, graph, 1)
    setWeights(tf, model, graph, weights)
    const shape = [batch, ...graph.input]
    const run = () => {
      // Of several backends in a process each has to be chosen; this takes well under a microsecond once they are ready.
      if (tf.getBackend() !== backend) void tf.setBackend(backend)
      return tf.tidy(() => (model.predict(tf.tensor(inputs, shape)) as Tensor).dataSync<'float32'>())
    }
    runners.push({ name, run })
  }
  return runners
}

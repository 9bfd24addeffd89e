import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { loadTfjsNode } from '../../../models/native/tfjsNode.ts'
import type { TensorFlow } from '../../../models/training/backend.ts'

/** Backends of TensorFlow.js, by the name of their row. */
export const backends = { tfjsCpu: 'cpu', tfjsWasm: 'wasm', tfjsNode: 'tensorflow' } as const
export type PeerName = keyof typeof backends

const require = createRequire(import.meta.url)

/** TensorFlow.js with one backend, or why that does not load. */
export async function loadPeer(name: PeerName): Promise<{ tf: TensorFlow } | { unavailable: string }> {
  const loaded = name === 'tfjsNode' ? await loadTfjsNode() : { tf: require('@tensorflow/tfjs') as TensorFlow }
  if ('unavailable' in loaded) return loaded
  const { tf } = loaded
  tf.enableProdMode()
  if (name === 'tfjsWasm') {
    const wasm = require('@tensorflow/tfjs-backend-wasm') as { setWasmPaths: (folder: string) => void }
    wasm.setWasmPaths(join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')), '/'))
  }
  if (!(await tf.setBackend(backends[name]))) return { unavailable: `backend ${backends[name]} did not load` }
  return { tf }
}

import { loadTfjsNode, nativePackage } from '../native/tfjsNode.ts'

/** The union package: core and layers imported apart lose gradients in plain Node. */
export type TensorFlow = typeof import('@tensorflow/tfjs')

export const backendChoices = ['auto', 'js', 'node'] as const
export type BackendChoice = (typeof backendChoices)[number]

export interface Backend {
  tf: TensorFlow
  name: 'tfjs-node' | 'tfjs-js'
  /** Why this one runs, for a person to read. */
  reason: string
}

/**
 * Loads TensorFlow.js, for training only: the native library where it loads, pure JavaScript otherwise.
 * @throws Error where `node` was asked for and does not load.
 */
export async function loadBackend(choice: BackendChoice): Promise<Backend> {
  if (choice === 'js') return pureJavaScript('asked for with --backend js')
  const native = await loadTfjsNode()
  if ('unavailable' in native) {
    const why = native.unavailable
    if (choice === 'node') throw new Error(`--backend node: expected ${nativePackage} to load, received: ${why}`)
    return pureJavaScript(`${nativePackage} did not load: ${why}`)
  }
  native.tf.enableProdMode()
  return { tf: native.tf, name: 'tfjs-node', reason: `${nativePackage} ${native.tf.version.tfjs} loaded` }
}

async function pureJavaScript(reason: string): Promise<Backend> {
  const tf = await import('@tensorflow/tfjs')
  tf.enableProdMode()
  await tf.setBackend('cpu')
  await tf.ready()
  return { tf, name: 'tfjs-js', reason }
}

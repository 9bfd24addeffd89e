import { createRequire } from 'node:module'
import util from 'node:util'
import type { TensorFlow } from '../training/backend.ts'

/** By name, as the package is optional and its types may not be there. */
export const nativePackage = '@tensorflow/tfjs-node'

/** What makes a training the same each time, and keeps TensorFlow's greetings off the terminal. */
const environment = { TF_DETERMINISTIC_OPS: '1', TF_CPP_MIN_LOG_LEVEL: '1' }

/**
 * Loads TensorFlow.js with the native library and makes that its backend; what is set in the environment stays as it is.
 * Same seed and same number of threads (`TF_NUM_INTRAOP_THREADS`): same weights, bit for bit.
 * @returns the library, or the first line of why it did not load.
 */
export async function loadTfjsNode(): Promise<{ tf: TensorFlow } | { unavailable: string }> {
  for (const [name, value] of Object.entries(environment)) process.env[name] ??= value
  // tfjs-node calls both; Node warns of them from 22 on and has dropped them in 23.
  Object.assign(util, { isArray: Array.isArray, isNullOrUndefined: (value: unknown) => value == null })
  try {
    const tf = createRequire(import.meta.url)(nativePackage) as TensorFlow
    if (!(await tf.setBackend('tensorflow')))
      throw new Error(`expected backend tensorflow, received ${tf.getBackend()}`)
    await tf.ready()
    return { tf }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { unavailable: message.split('\n')[0] ?? message }
  }
}

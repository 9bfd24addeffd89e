import type { Reconstructor } from '../../engine/network.ts'
import { solvePositive } from './solvePositive.ts'
import { symmetricEigen } from './symmetricEigen.ts'

/** Variance that is left is taken for at least this share of the first component's: nothing is known exactly. */
const leastNoiseShare = 1e-6

/** Mean, components, their variances, and the mean variance along the directions that are left. */
export function pcaParameterCount(components: number, inputs: number): number {
  return inputs + components * inputs + components + 1
}

export interface PcaChoice {
  /** Share of the variance that the components explain at least … */
  share: number
  /** … and how many there may be. */
  most: number
}

/**
 * Principal components of scaled windows (missing values as 0, the mean). At least one direction is always left over.
 * @throws RangeError with fewer than three windows, or where all are alike.
 */
export function fitPca(
  windows: readonly Float32Array[],
  { share, most }: PcaChoice,
): { components: number; parameters: Float32Array<ArrayBuffer> } {
  if (windows.length < 3) throw new RangeError(`windows: expected at least 3 for PCA, received ${windows.length}`)
  const inputs = windows[0]!.length
  const mean = new Float64Array(inputs)
  for (const window of windows) for (let i = 0; i < inputs; i++) mean[i]! += window[i]! / windows.length
  const { values, vectors } = symmetricEigen(covariance(windows, mean), inputs)
  const total = values.reduce((sum, value) => sum + Math.max(0, value), 0)
  if (!(total > 0)) throw new RangeError('windows: expected some that differ for PCA, received all alike')
  const limit = Math.max(1, Math.min(most, inputs - 1, windows.length - 2))
  let components = 0
  for (let sum = 0; components < limit && sum < share * total; components++) sum += values[components]!
  while (components > 1 && values[components - 1]! <= leastNoiseShare * values[0]!) components--
  const left = values.subarray(components)
  const noise = left.reduce((sum, value) => sum + Math.max(0, value), 0) / Math.max(1, left.length)
  const parameters = new Float32Array(pcaParameterCount(components, inputs))
  parameters.set(mean)
  parameters.set(vectors.subarray(0, components * inputs), inputs)
  parameters.set(values.subarray(0, components), inputs + components * inputs)
  parameters[parameters.length - 1] = Math.max(noise, leastNoiseShare * values[0]!)
  return { components, parameters }
}

function covariance(windows: readonly Float32Array[], mean: Float64Array): Float64Array {
  const inputs = mean.length
  const matrix = new Float64Array(inputs * inputs)
  const centred = new Float64Array(inputs)
  for (const window of windows) {
    for (let i = 0; i < inputs; i++) centred[i] = window[i]! - mean[i]!
    for (let i = 0; i < inputs; i++) {
      for (let j = i; j < inputs; j++) matrix[i * inputs + j]! += (centred[i]! * centred[j]!) / (windows.length - 1)
    }
  }
  for (let i = 0; i < inputs; i++) for (let j = 0; j < i; j++) matrix[i * inputs + j] = matrix[j * inputs + i]!
  return matrix
}

/**
 * Expects a window's projection on the components. With values missing it is the likeliest place on them given the others
 * (probabilistic PCA: Tipping and Bishop, J R Stat Soc B 61(3), 1999): filling in the mean would bend all the rest to it.
 */
export function pca(parameters: Float32Array, components: number, inputs: number): Reconstructor {
  const mean = parameters.subarray(0, inputs)
  const basis = parameters.subarray(inputs, inputs + components * inputs)
  const variances = parameters.subarray(inputs + components * inputs, -1)
  const noise = parameters.at(-1)!
  const code = new Float64Array(components)
  const system = new Float64Array(components * components)
  return {
    length: inputs,
    reconstruct(window, out, missing) {
      for (let k = 0; k < components; k++) {
        let sum = 0
        for (let i = 0; i < inputs; i++) if (!missing?.[i]) sum += basis[k * inputs + i]! * (window[i]! - mean[i]!)
        code[k] = sum
      }
      if (missing !== undefined) {
        for (let k = 0; k < components; k++) {
          for (let l = 0; l <= k; l++) {
            let sum = k === l ? noise / Math.max(variances[k]!, noise) : 0
            for (let i = 0; i < inputs; i++) if (!missing[i]) sum += basis[k * inputs + i]! * basis[l * inputs + i]!
            system[k * components + l] = sum
          }
        }
        solvePositive(system, code)
      }
      for (let i = 0; i < inputs; i++) {
        let sum = mean[i]!
        for (let k = 0; k < components; k++) sum += code[k]! * basis[k * inputs + i]!
        out[i] = sum
      }
    },
  }
}

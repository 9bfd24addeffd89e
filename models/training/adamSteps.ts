import type { LayersModel, Scalar, Variable } from '@tensorflow/tfjs'
import { Adam, type AdamState } from './adam.ts'
import type { TensorFlow } from './backend.ts'

/** Steps of Adam on weights of TensorFlow.js models; the moments lie in plain arrays, so that they can be kept. */
export class AdamSteps {
  private readonly tf: TensorFlow
  private readonly parameters: { variable: Variable; values: Float32Array; adam: Adam }[]

  constructor(tf: TensorFlow, weights: LayersModel['trainableWeights'], learningRate: number) {
    this.tf = tf
    this.parameters = weights.map((weight) => {
      const variable = weight.read() as Variable
      return { variable, values: valuesOf(variable), adam: new Adam(variable.size, learningRate) }
    })
  }

  /** One step against the gradient of a loss; returns the loss before it. */
  run(loss: () => Scalar): number {
    const { tf, parameters } = this
    return tf.tidy(() => {
      const { value, grads } = tf.variableGrads(
        loss,
        parameters.map(({ variable }) => variable),
      )
      for (const { variable, values, adam } of parameters) {
        adam.step(values, grads[variable.name]!.dataSync<'float32'>())
        variable.assign(tf.tensor(values.slice(), variable.shape))
      }
      return value.dataSync()[0]!
    })
  }

  /** The weights have been changed by someone else. */
  refresh(): void {
    for (const parameter of this.parameters) parameter.values = valuesOf(parameter.variable)
  }

  moments(): AdamState[] {
    return this.parameters.map(({ adam }) => adam.state())
  }

  /** Goes on with moments and with the weights as they are. @throws RangeError where the moments are of other weights. */
  restore(moments: readonly AdamState[]): void {
    const { parameters } = this
    if (moments.length !== parameters.length) {
      throw new RangeError(`moments: expected those of ${parameters.length} weights, received ${moments.length}`)
    }
    parameters.forEach(({ adam }, i) => adam.restore(moments[i]!))
    this.refresh()
  }
}

function valuesOf(variable: Variable): Float32Array {
  return variable.dataSync<'float32'>().slice()
}

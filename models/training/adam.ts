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

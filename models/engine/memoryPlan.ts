/** Words of a row of a plan; `kernels/kernels.ts` says what they mean. */
const planWords = 12

export const operation = { dense: 0, pad: 1, repeat: 2, lstm: 3, scale: 4 } as const

/** Operation, in, out, two addresses of weights, then up to seven numbers. */
export type PlanRow = readonly [keyof typeof operation, number, number, number, number, ...number[]]

/** Lays out a network's memory: weights, activations and the plan, each at an address a multiple of 16. */
export class MemoryPlan {
  private size = 0
  private readonly filled: { at: number; values: Float32Array }[] = []
  private readonly rows: PlanRow[] = []

  /** Room for so many values, zero at first; three more may be read and written behind them. */
  room(values: number): number {
    const at = this.size
    this.size += Math.ceil((values + 3) / 4) * 16
    return at
  }

  keep(values: Float32Array): number {
    const at = this.room(values.length)
    this.filled.push({ at, values })
    return at
  }

  add(...row: PlanRow): void {
    this.rows.push(row)
  }

  /** Makes the memory. `plan` is the address of the first row. */
  lay(): { memory: WebAssembly.Memory; plan: number; rows: number } {
    const plan = this.room(this.rows.length * planWords)
    const memory = new WebAssembly.Memory({ initial: Math.max(1, Math.ceil(this.size / 65536)) })
    for (const { at, values } of this.filled) new Float32Array(memory.buffer, at, values.length).set(values)
    const words = new Int32Array(memory.buffer, plan, this.rows.length * planWords)
    this.rows.forEach(([kind, ...operands], r) => words.set([operation[kind], ...operands], r * planWords))
    return { memory, plan, rows: this.rows.length }
  }
}

/** Outputs of the next panel, where so many are left. */
function panelWidth(left: number): number {
  return left > 28 ? 32 : left > 12 ? 16 : left > 4 ? 8 : 4
}

/**
 * A kernel, row-major inputs by outputs, in panels of 32, 16, 8 and 4 outputs: a panel lies input by input, so that it is read
 * from front to back. The last one is filled up with zeros.
 */
export function panels(kernel: Float32Array, inputs: number, outputs: number): Float32Array {
  const parts: number[] = []
  for (let from = 0; from < outputs; from += panelWidth(outputs - from)) {
    const width = panelWidth(outputs - from)
    for (let i = 0; i < inputs; i++) {
      for (let j = from; j < from + width; j++) parts.push(j < outputs ? kernel[i * outputs + j]! : 0)
    }
  }
  return Float32Array.from(parts)
}

/** A bias as long as its panels are wide. */
export function panelBias(bias: Float32Array): Float32Array {
  let width = 0
  while (width < bias.length) width += panelWidth(bias.length - width)
  const padded = new Float32Array(width)
  padded.set(bias)
  return padded
}

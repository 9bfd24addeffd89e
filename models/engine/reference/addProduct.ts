/**
 * Adds to `sums` the product of `count` inputs from `input[from]` on with the rows of `kernel` (`sums.length` values each) from
 * row `firstRow` on.
 */
export function addProduct(
  sums: Float64Array,
  input: Float32Array,
  from: number,
  count: number,
  kernel: Float32Array,
  firstRow: number,
): void {
  const outputs = sums.length
  for (let i = 0, row = firstRow * outputs; i < count; i++, row += outputs) {
    const x = input[from + i]!
    // Half of the hidden units are silent.
    if (x === 0) continue
    for (let j = 0; j < outputs; j++) sums[j]! += x * kernel[row + j]!
  }
}

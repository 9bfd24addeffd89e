/**
 * Solves `matrix · x = right` in place by Cholesky's decomposition; the solution is left in `right`.
 * @param matrix symmetric and positive definite, row by row; only its lower half is read, and overwritten.
 */
export function solvePositive(matrix: Float64Array, right: Float64Array): void {
  const size = right.length
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * size + j]!
      for (let k = 0; k < j; k++) sum -= matrix[i * size + k]! * matrix[j * size + k]!
      matrix[i * size + j] = i === j ? Math.sqrt(sum) : sum / matrix[j * size + j]!
    }
  }
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) right[i]! -= matrix[i * size + k]! * right[k]!
    right[i]! /= matrix[i * size + i]!
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) right[i]! -= matrix[k * size + i]! * right[k]!
    right[i]! /= matrix[i * size + i]!
  }
}

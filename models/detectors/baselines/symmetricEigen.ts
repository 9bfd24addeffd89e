export interface Eigen {
  /** Descending. */
  values: Float64Array
  /** Eigenvectors of length 1, one after another in the order of the values. */
  vectors: Float64Array
}

/**
 * Eigenvalues and eigenvectors of a symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, Matrix Computations,
 * 4th ed., 8.5): the same on every run. Each vector's largest component is positive.
 * @param matrix row by row; changed.
 */
export function symmetricEigen(matrix: Float64Array, size: number): Eigen {
  const vectors = new Float64Array(size * size)
  for (let i = 0; i < size; i++) vectors[i * size + i] = 1
  let total = 0
  for (const value of matrix) total += value * value
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) off += matrix[p * size + q]! ** 2
    if (off <= 1e-24 * total) break
    for (let p = 0; p < size - 1; p++) for (let q = p + 1; q < size; q++) rotate(matrix, vectors, size, p, q)
  }
  const order = Array.from({ length: size }, (_, i) => i).sort(
    (a, b) => matrix[b * size + b]! - matrix[a * size + a]! || a - b,
  )
  const sorted = new Float64Array(size * size)
  order.forEach((from, to) => {
    const vector = vectors.subarray(from * size, (from + 1) * size)
    let largest = 0
    for (const value of vector) if (Math.abs(value) > Math.abs(largest)) largest = value
    sorted.set(largest < 0 ? vector.map((value) => -value) : vector, to * size)
  })
  return { values: Float64Array.from(order, (i) => matrix[i * size + i]!), vectors: sorted }
}

/** Makes `matrix[p][q]` zero; rows of `vectors` are the eigenvectors to be. */
function rotate(matrix: Float64Array, vectors: Float64Array, size: number, p: number, q: number): void {
  const apq = matrix[p * size + q]!
  if (apq === 0) return
  const tau = (matrix[q * size + q]! - matrix[p * size + p]!) / (2 * apq)
  const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau))
  const c = 1 / Math.sqrt(1 + t * t)
  const s = t * c
  const [rowP, rowQ] = [p * size, q * size]
  for (let k = 0; k < size; k++) {
    const [akp, akq] = [matrix[k * size + p]!, matrix[k * size + q]!]
    matrix[k * size + p] = c * akp - s * akq
    matrix[k * size + q] = s * akp + c * akq
  }
  for (let k = 0; k < size; k++) {
    const [apk, aqk] = [matrix[rowP + k]!, matrix[rowQ + k]!]
    matrix[rowP + k] = c * apk - s * aqk
    matrix[rowQ + k] = s * apk + c * aqk
    const [vp, vq] = [vectors[rowP + k]!, vectors[rowQ + k]!]
    vectors[rowP + k] = c * vp - s * vq
    vectors[rowQ + k] = s * vp + c * vq
  }
}

/**
 * Sine and cosine by their power series, for filter coefficients. Built of additions and multiplications only, so that
 * every JavaScript engine gives the same bits (ECMAScript leaves `Math.sin` to the implementation, and V8 has changed its
 * own): a model can then be remade bit for bit elsewhere. Accurate to 1e-15 for |x| <= pi.
 */
export function sine(x: number): number {
  return series(x, x, 2)
}

export function cosine(x: number): number {
  return series(x, 1, 1)
}

function series(x: number, first: number, divisor: number): number {
  let term = first
  let sum = first
  for (let k = divisor; k < divisor + 40; k += 2) {
    term *= (-x * x) / (k * (k + 1))
    sum += term
  }
  return sum
}

/** In four parts, because a sum of one part waits for each of its additions; in the same order for all. */
export function add(sum: number, read: Float32Array, count = read.length): number {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let i = 0
  for (; i + 4 <= count; i += 4) {
    a += read[i]!
    b += read[i + 1]!
    c += read[i + 2]!
    d += read[i + 3]!
  }
  for (; i < count; i++) a += read[i]!
  return sum + (a + b + (c + d))
}

/** The same of 64-bit floats. */
export function addRounded(sum: number, read: number[]): number {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let i = 0
  for (; i + 4 <= read.length; i += 4) {
    a += Math.fround(read[i]!)
    b += Math.fround(read[i + 1]!)
    c += Math.fround(read[i + 2]!)
    d += Math.fround(read[i + 3]!)
  }
  for (; i < read.length; i++) a += Math.fround(read[i]!)
  return sum + (a + b + (c + d))
}

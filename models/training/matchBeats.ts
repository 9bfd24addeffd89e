/**
 * For each beat found, the index of the annotated beat it stands for, or -1: one to one, nearest first among neighbours,
 * within `tolerance`. Both lists ascending, in the same unit. ANSI/AAMI EC57 matches within 150 ms.
 */
export function matchBeats(found: readonly number[], annotated: readonly number[], tolerance: number): Int32Array {
  const matches = new Int32Array(found.length).fill(-1)
  for (let f = 0, a = 0; f < found.length && a < annotated.length;) {
    const distance = found[f]! - annotated[a]!
    const nextFound = Math.abs((found[f + 1] ?? Infinity) - annotated[a]!)
    const nextAnnotated = Math.abs((annotated[a + 1] ?? Infinity) - found[f]!)
    if (distance < -tolerance) f++
    else if (distance > tolerance) a++
    else if (nextFound < Math.abs(distance)) f++
    else if (nextAnnotated < Math.abs(distance)) a++
    else matches[f++] = a++
  }
  return matches
}

/** @throws RangeError where a network cannot be made for so many windows at a time. */
export function checkBatch(maxBatch: number): void {
  if (!Number.isSafeInteger(maxBatch) || maxBatch < 1) {
    throw new RangeError(`maxBatch: expected a whole number of at least 1, received ${maxBatch}`)
  }
}

/** @throws RangeError where a network was not made for so many windows. */
export function checkWindows(windows: number, maxBatch: number): void {
  if (!Number.isInteger(windows) || windows < 1 || windows > maxBatch) {
    throw new RangeError(`windows: expected 1 to ${maxBatch}, received ${windows}`)
  }
}

/** @throws RangeError where these are not some of a window's outputs. */
export function checkRange(from: number, until: number, outputs: number): void {
  if (!(Number.isInteger(from) && Number.isInteger(until) && from >= 0 && from <= until && until <= outputs)) {
    throw new RangeError(`outputs: expected a range within 0 to ${outputs}, received ${from} to ${until}`)
  }
}

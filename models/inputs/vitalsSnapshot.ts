/** @throws Error for a snapshot of another version: the caller begins with a warm-up. */
export function checkVersion(what: string, expected: number, received: number): void {
  if (received !== expected) {
    throw new Error(`${what} snapshot: version: expected ${expected}, received ${String(received)}`)
  }
}

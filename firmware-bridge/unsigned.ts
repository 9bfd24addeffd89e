/** The u64 at `at`, little endian, or undefined where it is beyond 2^53-1, the largest integer a number can hold. */
export function readUint53(view: DataView, at: number): number | undefined {
  const high = view.getUint32(at + 4, true)
  return high > 0x1fffff ? undefined : high * 0x100000000 + view.getUint32(at, true)
}

/** Writes an integer of 0 to 2^53-1 as a little-endian u64. */
export function writeUint53(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true)
  view.setUint32(at + 4, Math.floor(value / 0x100000000), true)
}

/** Throws a RangeError that names `what` unless `value` is an integer of 0 to `max`. */
export function expectUnsigned(what: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max)
    throw new RangeError(`${what}: expected an integer of 0 to ${max}, received ${value}`)
}

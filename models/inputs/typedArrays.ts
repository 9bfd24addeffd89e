/** A Float64Array as base64 of its little-endian bytes: keeps NaN, infinities and the sign of zero, as JSON does not. */
export function encodeFloat64(values: Float64Array): string {
  const view = new DataView(new ArrayBuffer(values.length * 8))
  for (let i = 0; i < values.length; i++) view.setFloat64(i * 8, values[i]!, true)
  return Buffer.from(view.buffer).toString('base64')
}

/** Reads into `target`. @throws RangeError where the length is not the target's. */
export function decodeFloat64(text: string, target: Float64Array, name: string): void {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== target.length * 8) {
    throw new RangeError(`${name}: expected ${target.length * 8} bytes, received ${bytes.length}`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let i = 0; i < target.length; i++) target[i] = view.getFloat64(i * 8, true)
}

/** Float32 values as little-endian bytes. */
export function float32ToBytes(values: Float32Array): Buffer {
  const view = new DataView(new ArrayBuffer(values.length * 4))
  for (let i = 0; i < values.length; i++) view.setFloat32(i * 4, values[i]!, true)
  return Buffer.from(view.buffer)
}

/** The reverse of `float32ToBytes`; bytes beyond the last whole value are left out. */
export function bytesToFloat32(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float32Array.from({ length: Math.floor(bytes.byteLength / 4) }, (_, i) => view.getFloat32(i * 4, true))
}

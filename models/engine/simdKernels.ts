import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What `kernels/kernels.ts` exports; addresses in bytes. */
export interface Kernels {
  run(plan: number, rows: number, windows: number): void
  /** The highest of so many values from an address on; -Infinity of none, NaN where one is. */
  highest(from: number, count: number): number
  /** `rounds` times 12 vectors of 4 multiplied and added; `one` is 1. Gives 78 + 12 · rounds, as far as a float32 counts. */
  peak(rounds: number, one: number): number
}

/** Made by `npm run build`. */
const file = join(import.meta.dirname, 'kernels.wasm')

let compiled: WebAssembly.Module | Error | undefined

/** The kernels, or why they cannot run here. Compiled once a process. */
export function kernelModule(): WebAssembly.Module | Error {
  return (compiled ??= loadKernels(file))
}

/** The kernels over a memory of their own. */
export function instantiate(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels
}

/** Compiled kernels from a file, or why there are none. */
export function loadKernels(file: string): WebAssembly.Module | Error {
  if (!existsSync(file)) return new Error(`${file}: expected the compiled kernels; npm run build makes them`)
  try {
    return new WebAssembly.Module(readFileSync(file))
  } catch (error) {
    return new Error(`${file}: expected kernels that this machine can run (WebAssembly SIMD): ${String(error)}`)
  }
}

/** What of a window is compared. `offset removed`: amplitude and shape; `z-normalised`: shape alone; `as measured`: all. */
export type WindowView = 'as measured' | 'offset removed' | 'z-normalised'

/** Added to a window's own spread before it is divided by that, in spreads of the series: flat windows are not blown up. */
export const leastSpread = 0.05

/** Copies the window that starts at `from` to `out`, as it is compared. */
export function viewWindow(steps: Float32Array, from: number, view: WindowView, out: Float32Array): void {
  const { length } = out
  let [sum, squares] = [0, 0]
  for (let i = 0; i < length; i++) {
    const value = steps[from + i]!
    out[i] = value
    sum += value
    squares += value * value
  }
  if (view === 'as measured') return
  const mean = sum / length
  const scale =
    view === 'offset removed' ? 1 : 1 / (Math.sqrt(Math.max(0, squares / length - mean * mean)) + leastSpread)
  for (let i = 0; i < length; i++) out[i] = (out[i]! - mean) * scale
}

/** All windows that lie in the first `end` steps, one every `stride`. */
export function windowsOf(
  steps: Float32Array,
  end: number,
  length: number,
  view: WindowView,
  stride = 1,
): Float32Array[] {
  const windows: Float32Array[] = []
  for (let from = 0; from + length <= end; from += stride) {
    const window = new Float32Array(length)
    viewWindow(steps, from, view, window)
    windows.push(window)
  }
  return windows
}

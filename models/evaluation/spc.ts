/** One run of the IEEE Signal Processing Cup 2015 set (Zhang, Pi and Liu, IEEE Trans Biomed Eng 62(2):522-531, 2015). */
export interface SpcRun {
  name: string
  /** 125 Hz each. */
  signals: { ppg: Float32Array; ppg2: Float32Array; accX: Float32Array; accY: Float32Array; accZ: Float32Array }
  /** Beats a minute of each 8-s window; windows begin every 2 s. */
  reference: readonly { startSeconds: number; perMinute: number }[]
}

export const spcRateHz = 125
export const spcWindowSeconds = 8

/** What an estimator said: a rate at a window's end, or undefined where it did not know. */
export type SpcEstimator = (run: SpcRun) => ReadonlyMap<number, number>

export interface SpcResult {
  file: string
  meanAbsoluteError: number
  coverage: number
  windows: number
  /** Largest error, beats a minute. */
  worst: number
}

/**
 * Holds estimates at the end of each window, by second, against the reference. Windows without an estimate count against the
 * coverage alone.
 */
export function judgeSpc(run: SpcRun, estimate: SpcEstimator): SpcResult {
  const estimates = estimate(run)
  const errors = run.reference.flatMap(({ startSeconds, perMinute }) => {
    const said = estimates.get(startSeconds + spcWindowSeconds)
    return said === undefined ? [] : [Math.abs(said - perMinute)]
  })
  return {
    file: run.name,
    meanAbsoluteError: errors.reduce((sum, error) => sum + error, 0) / errors.length,
    coverage: errors.length / run.reference.length,
    windows: run.reference.length,
    worst: Math.max(...errors),
  }
}

/** Means over files, as published tables have them. */
export function spcMetrics(results: readonly SpcResult[]): { meanAbsoluteError: number; coverage: number } {
  const mean = (key: 'meanAbsoluteError' | 'coverage') =>
    results.reduce((sum, result) => sum + result[key], 0) / results.length
  return { meanAbsoluteError: mean('meanAbsoluteError'), coverage: mean('coverage') }
}

/** For tests: an ECG whose beats are known exactly. `beatsAt` are the R peaks in seconds; Gaussian P, Q, R, S and T waves, mV. */
export function artificialEcg(rateHz: number, seconds: number, beatsAt: readonly number[], noise = 0): Float32Array {
  const waves = [
    { at: -0.16, height: 0.12, width: 0.022 },
    { at: -0.03, height: -0.12, width: 0.01 },
    { at: 0, height: 1.1, width: 0.011 },
    { at: 0.03, height: -0.22, width: 0.011 },
    { at: 0.27, height: 0.28, width: 0.05 },
  ]
  const values = new Float32Array(Math.round(seconds * rateHz))
  for (const beat of beatsAt) {
    for (const { at, height, width } of waves) {
      const centre = beat + at
      const [from, to] = [Math.floor((centre - 5 * width) * rateHz), Math.ceil((centre + 5 * width) * rateHz)]
      for (let i = Math.max(0, from); i < Math.min(values.length, to); i++) {
        values[i]! += height * Math.exp(-(((i / rateHz - centre) / width) ** 2) / 2)
      }
    }
  }
  // A fixed pseudo-random sequence: tests say the same on every run.
  let state = 12345
  for (let i = 0; noise > 0 && i < values.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    values[i]! += noise * (state / 2 ** 31 - 1)
  }
  return values
}

/** For tests: R peaks every `rrSeconds` with a little variation. */
export function regularBeats(seconds: number, rrSeconds = 0.8): number[] {
  const beats: number[] = []
  for (let at = 0.5, k = 0; at < seconds - 0.6; at += rrSeconds * (1 + 0.02 * Math.sin(k++))) beats.push(at)
  return beats
}

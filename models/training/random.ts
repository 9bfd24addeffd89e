/** A seeded stream of numbers in [0, 1): mulberry32 (Tommy Ettinger, public domain). Integer arithmetic only. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Near-normal noise of unit variance and bounded by 3.5: a sum of uniforms, as `Math.log` differs between engines. */
export function smoothNoise(random: () => number): number {
  return (random() + random() + random() + random() - 2) * Math.sqrt(3)
}

/** Fisher and Yates, in place. */
export function shuffle(items: Int32Array, random: () => number): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const item = items[i]!
    items[i] = items[j]!
    items[j] = item
  }
}

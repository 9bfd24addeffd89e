/** A seeded stream of numbers in [0, 1): mulberry32 (Tommy Ettinger, public domain). Integer arithmetic only. */
export class SeededRandom {
  /** As a seed it goes on from here. */
  state: number

  constructor(seed: number) {
    this.state = seed | 0
  }

  readonly next = (): number => {
    this.state = (this.state + 0x6d2b79f5) | 0
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The stream as a function. */
export function seededRandom(seed: number): () => number {
  return new SeededRandom(seed).next
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

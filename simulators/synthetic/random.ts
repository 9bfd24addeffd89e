import { crc32 } from 'node:zlib'

/** A stream of reproducible random numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number
  /** Normal with this mean and standard deviation. */
  normal(mean: number, sd: number): number
}

/**
 * xoshiro128** 1.1 (Blackman & Vigna 2018, https://prng.di.unimi.it/xoshiro128starstar.c), its state filled by splitmix32.
 * The label gives each use of one seed its own stream, so that one more draw in one place changes nothing elsewhere.
 */
export function seededRandom(seed: number, label: string): Random {
  let mix = crc32(label, seed >>> 0)
  const splitmix = () => {
    mix = (mix + 0x9e3779b9) | 0
    let z = mix ^ (mix >>> 16)
    z = Math.imul(z, 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
  let s0 = splitmix()
  let s1 = splitmix()
  let s2 = splitmix()
  let s3 = splitmix()
  const rotl = (x: number, k: number) => (x << k) | (x >>> (32 - k))

  const uniform = () => {
    const result = Math.imul(rotl(Math.imul(s1, 5), 7), 9) >>> 0
    const t = s1 << 9
    s2 ^= s0
    s3 ^= s1
    s1 ^= s2
    s0 ^= s3
    s2 ^= t
    s3 = rotl(s3, 11)
    return result / 2 ** 32
  }

  // Box & Muller (1958) gives two at a time.
  let spare: number | undefined
  const standardNormal = () => {
    if (spare !== undefined) {
      const value = spare
      spare = undefined
      return value
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()))
    const angle = 2 * Math.PI * uniform()
    spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }
  return { uniform, normal: (mean, sd) => mean + sd * standardNormal() }
}

/** Against another complex, in steepness by its height and in mean frequency: from here on one is narrower, and wider. */
const ratios = { narrower: 1.3, wider: 0.85 } as const

/**
 * Whether a complex is clearly narrower or wider than the wearer's usual one: steeper by its height and of higher frequency, or
 * both less. What comes from the ventricles spreads slowly: a narrow complex, however unlike the usual one, is none of them.
 * @param beat the QRS complex and its surroundings, at the same rate and of the same length as `usual`
 */
export function widthAgainst(beat: readonly number[], usual: readonly number[]): 'narrower' | 'wider' | 'alike' {
  const [a, b] = [sharpness(beat), sharpness(usual)]
  const [steepness, frequency] = [a.steepness / b.steepness, a.frequency / b.frequency]
  // Of a line neither is known.
  if (a.frequency === 0 || b.frequency === 0) return 'alike'
  if (steepness > ratios.narrower && frequency > ratios.narrower) return 'narrower'
  return steepness < ratios.wider && frequency < ratios.wider ? 'wider' : 'alike'
}

/** Both by the sample. */
function sharpness(values: readonly number[]): { steepness: number; frequency: number } {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted[sorted.length >> 1] ?? 0
  let [steepest, steps, heights] = [0, 0, 0]
  for (let i = 0; i < values.length; i++) {
    heights += (values[i]! - middle) ** 2
    if (i === 0) continue
    const step = values[i]! - values[i - 1]!
    steepest = Math.max(steepest, Math.abs(step))
    steps += step * step
  }
  const range = (sorted.at(-1) ?? 0) - (sorted[0] ?? 0)
  return { steepness: range > 0 ? steepest / range : 0, frequency: heights > 0 ? Math.sqrt(steps / heights) : 0 }
}

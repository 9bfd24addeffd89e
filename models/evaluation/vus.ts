/** Areas under the surfaces of precision and recall, and of true and false positive rate, over widths of tolerance. */
export interface Vus {
  vusPr: number
  vusRoc: number
}

interface Stretch {
  from: number
  /** Inclusive. */
  to: number
}

/**
 * Volume under the surface (Paparrizos et al., PVLDB 15(11):2774, 2022) as TSB-AD computes it (`RangeAUC_volume_opt` of
 * `TSB_AD/evaluation/basic_metrics.py`; Liu and Paparrizos, NeurIPS 2024): labels are widened on both sides by up to half a
 * window, with weights that fall as a root; for each width from 0 to `window` a curve over so many thresholds, spaced evenly by
 * rank; the mean area over all widths. Recall is multiplied by the share of stretches that are touched.
 * @param labels 0 or 1 a point.
 * @param scores as many; higher is more anomalous.
 * @param window see `tsbWindow`; points.
 * @throws RangeError where the two differ in length, where no point or every point is anomalous, and where a score is no number.
 */
export function volumeUnderSurface(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  window: number,
  thresholds = 250,
): Vus {
  const { length } = labels
  const anomalous = checked(labels, scores)
  const stretches = stretchesOf(labels)
  const { levels, predicted } = thresholdsOf(scores, thresholds)
  const first = Int32Array.from({ length }, (_, i) => firstAbove(levels, scores[i]!))
  let [roc, pr] = [0, 0]
  for (let width = 0; width <= window; width++) {
    const near = widened(labels, stretches, width)
    // By the first threshold that a point lies above: it stays above all that follow, which are lower.
    const [inside, around, touched] = [0, 1, 2].map(() => new Float64Array(thresholds))
    near.weights.forEach((weight, i) => {
      const at = first[i]!
      if (weight > 0) (labels[i] ? inside : around)![at]! += weight
    })
    for (const { from, to } of near.stretches) {
      let earliest = thresholds
      for (let i = from; i <= to; i++) earliest = Math.min(earliest, first[i]!)
      if (earliest < thresholds) touched![earliest]!++
    }
    const curve = { truePositive: 0, falsePositive: 0 }
    let [hit, beside, found] = [0, 0, 0]
    for (let k = 0; k < thresholds; k++) {
      hit += inside![k]!
      beside += around![k]!
      found += touched![k]!
      const positives = anomalous + beside / 2
      const sum = hit + beside
      const truePositive = Math.min(sum / positives, 1) * (found / near.stretches.length)
      const falsePositive = (predicted[k]! - sum) / (length - positives)
      roc += ((falsePositive - curve.falsePositive) * (truePositive + curve.truePositive)) / 2
      pr += (truePositive - curve.truePositive) * (sum / predicted[k]!)
      Object.assign(curve, { truePositive, falsePositive })
    }
    roc += ((1 - curve.falsePositive) * (1 + curve.truePositive)) / 2
  }
  return { vusPr: pr / (window + 1), vusRoc: roc / (window + 1) }
}

/** Thresholds from high to low, rounded down to the same ranks as by NumPy's `linspace`; how many points lie at or above each. */
function thresholdsOf(scores: ArrayLike<number>, count: number) {
  const sorted = Float64Array.from(scores).sort().reverse()
  const step = (sorted.length - 1) / Math.max(1, count - 1)
  const levels = Float64Array.from({ length: count }, (_, k) => sorted[Math.floor(k * step)]!)
  if (count > 1) levels[count - 1] = sorted.at(-1)!
  let at = 0
  const predicted = levels.map((level) => {
    while (at < sorted.length && sorted[at]! >= level) at++
    return at
  })
  return { levels, predicted }
}

function firstAbove(levels: Float64Array, score: number): number {
  let [low, high] = [0, levels.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (score >= levels[middle]!) high = middle
    else low = middle + 1
  }
  return low
}

/** Weights of points, 1 where labelled; and the stretches with their borders, joined where those meet. */
function widened(labels: ArrayLike<number>, stretches: readonly Stretch[], width: number) {
  const { length } = labels
  const weights = Float64Array.from(labels)
  const half = Math.floor(width / 2)
  for (const { from, to } of stretches) {
    for (let i = to + 1; i < Math.min(to + half + 1, length); i++) weights[i]! += Math.sqrt(1 - (i - to) / width)
    for (let i = Math.max(from - half, 0); i < from; i++) weights[i]! += Math.sqrt(1 - (from - i) / width)
  }
  const joined: Stretch[] = []
  for (const { from, to } of stretches) {
    const last = joined.at(-1)
    if (last && last.to >= from - half) last.to = to + half
    else joined.push({ from: Math.max(from - half, 0), to: to + half })
  }
  const end = joined.at(-1)!
  end.to = Math.min(end.to, length - 1)
  return { weights: weights.map((weight) => Math.min(1, weight)), stretches: joined }
}

function stretchesOf(labels: ArrayLike<number>): Stretch[] {
  const stretches: Stretch[] = []
  for (let i = 0; i < labels.length; i++) {
    if (!labels[i]) continue
    if (i > 0 && labels[i - 1]) stretches.at(-1)!.to = i
    else stretches.push({ from: i, to: i })
  }
  return stretches
}

function checked(labels: ArrayLike<number>, scores: ArrayLike<number>): number {
  const { length } = labels
  if (scores.length !== length) throw new RangeError(`scores: expected ${length}, received ${scores.length}`)
  let anomalous = 0
  for (let i = 0; i < length; i++) {
    if (labels[i] !== 0 && labels[i] !== 1) throw new RangeError(`labels[${i}]: expected 0 or 1, received ${labels[i]}`)
    if (Number.isNaN(scores[i]!)) throw new RangeError(`scores[${i}]: expected a number, received NaN`)
    anomalous += labels[i]!
  }
  if (anomalous === 0 || anomalous === length) {
    throw new RangeError(`labels: expected normal and anomalous points, received ${anomalous} of ${length} anomalous`)
  }
  return anomalous
}

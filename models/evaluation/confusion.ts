/** Counts at a threshold; anomalous is positive. */
export interface Confusion {
  truePositive: number
  falseNegative: number
  falsePositive: number
  trueNegative: number
}

/** A score above the threshold says anomalous. */
export function confusionAt(threshold: number, anomalous: readonly number[], normal: readonly number[]): Confusion {
  const above = (scores: readonly number[]) => scores.filter((score) => score > threshold).length
  const [truePositive, falsePositive] = [above(anomalous), above(normal)]
  return {
    truePositive,
    falseNegative: anomalous.length - truePositive,
    falsePositive,
    trueNegative: normal.length - falsePositive,
  }
}

/** Counts of several tables together. */
export function addConfusions(tables: readonly Confusion[]): Confusion {
  const sum = (key: keyof Confusion) => tables.reduce((total, table) => total + table[key], 0)
  return {
    truePositive: sum('truePositive'),
    falseNegative: sum('falseNegative'),
    falsePositive: sum('falsePositive'),
    trueNegative: sum('trueNegative'),
  }
}

/** Of a table; NaN where there is nothing to divide by. `ppv`: positive predictive value. */
export function confusionMetrics({ truePositive, falseNegative, falsePositive, trueNegative }: Confusion) {
  const all = truePositive + falseNegative + falsePositive + trueNegative
  return {
    accuracy: (truePositive + trueNegative) / all,
    f1: (2 * truePositive) / (2 * truePositive + falsePositive + falseNegative),
    sensitivity: truePositive / (truePositive + falseNegative),
    specificity: trueNegative / (trueNegative + falsePositive),
    ppv: truePositive / (truePositive + falsePositive),
  }
}

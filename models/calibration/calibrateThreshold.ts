import { alarmPeaks } from './alarmPeaks.ts'
import { countAlarms, type AlarmLogic } from './alarmLogic.ts'
import { blockQuantile } from './blockQuantile.ts'
import type { Calibration } from './calibration.ts'
import { poissonInterval } from './poissonInterval.ts'
import { spreadOf, type WearerCount } from './spread.ts'
import { fitTail, resampledRate, thresholdOf, type Tail, type Unit } from './tail.ts'
import { tailStart, type TailStart } from './tailStart.ts'
import { blocksOf, scoredSeconds, type Block, type WearerScores } from './wearerScores.ts'

export interface CalibrationOptions {
  /** Alarms a wearer-day, after the alarm logic, as a mean over wearers of normal data. */
  budget: number
  /** At least an hour. */
  blockSeconds?: number
  /** Of the resampling. */
  seed?: number
  /** For messages: of a wearer's beginning, that the model does not score. */
  warmUpHours?: number
}

const hourSeconds = 3600
const confidence = 0.9
const resamples = 400
/** Peaks to fit: at least so many … */
const peaksSought = 60
/** … and so many times the alarms that the budget allows in these data, so that the threshold lies well above `u`. */
const overBudget = 2
/** Where alarms are counted beside peaks: at so many times the alarms that the budget allows, and never at fewer than a few. */
const aroundBudget = [0.5, 0.7, 1, 1.4, 2]
const fewAlarms = 5
/** With fewer there is no tail. */
const leastPeaks = 30
/** Fewer say too little of how people differ. */
const leastWearers = 12
/** Beyond it, shape and end of the tail rest on the model alone. */
const leastExpectedAlarms = 2
/** What a budget promises: at least half, at most twice. */
export const promised = { least: 0.5, most: 2 } as const

/** A wearer with at least one block. */
interface Watched {
  scores: WearerScores
  blocks: readonly Block[]
  days: number
}

/**
 * Sets a threshold so that normal data raise as many alarms as the budget allows, counted after the alarm logic. Peaks of the
 * declustered alarms over a high score are fitted by a generalised Pareto tail, whose rate is solved for the budget. Where the
 * data cannot promise the budget, `supported` is false and the threshold is the block quantile.
 * @throws RangeError on a budget or block length that means nothing, where no wearer has a block or no score raises an alarm, where a
 * score is not finite, and where two wearers are one.
 */
export function calibrateThreshold(
  wearers: readonly WearerScores[],
  logic: AlarmLogic,
  { budget, blockSeconds = hourSeconds, seed = 1, warmUpHours = 0 }: CalibrationOptions,
): Calibration {
  if (!(budget > 0)) throw new RangeError(`budget: expected more than 0 alarms a wearer-day, received ${budget}`)
  if (!(blockSeconds >= hourSeconds)) {
    throw new RangeError(`blockSeconds: expected at least ${hourSeconds}, received ${blockSeconds}`)
  }
  checkWearers(wearers)
  const all = wearers.map((scores) => watchedOf(scores, blockSeconds))
  const watched = all.filter(({ blocks }) => blocks.length > 0)
  if (watched.length === 0) {
    const longest = Math.max(0, ...wearers.map(scoredSeconds))
    const received = longest > 0 ? `none (the longest has ${Math.floor(longest)} s)` : 'none'
    const unscored = warmUpHours > 0 ? `a wearer's first ${warmUpHours} h are not scored; ` : ''
    throw new RangeError(
      `budget unsupported: scored windows: expected a wearer with at least ${blockSeconds} s of them, received ${received}; ` +
        `${unscored}${neededFor(budget)}`,
    )
  }
  const days = watched.reduce((sum, wearer) => sum + wearer.days, 0)
  const pooled = pool(watched)
  const start = tailStart(
    watched.map(({ scores }) => scores),
    pooled,
    logic,
    Math.max(peaksSought, overBudget * budget * days),
  )
  const byTail = start && fitted(watched, logic, start, budget, seed)
  const problem = whyNot(byTail, budget, days, watched.length)
  const byBlocks = problem === undefined ? undefined : blockQuantile(watched, logic, budget)
  const threshold = byBlocks?.threshold ?? byTail!.threshold!
  if (!(threshold > 0))
    throw new RangeError(
      `budget unsupported: scores: expected some that raise an alarm, received none at any threshold; ${neededFor(budget)}`,
    )
  const counts = countAt(watched, logic, threshold)
  const alarms = total(counts)
  const naiveThreshold = pooled[Math.ceil((1 - Math.min(1, (budget * days) / pooled.length)) * pooled.length) - 1] ?? 0
  return {
    budgetAlarmsPerWearerDay: budget,
    threshold,
    supported: problem === undefined,
    why: problem ?? supportedBy(byTail!, watched.length, days),
    method: byBlocks === undefined ? 'peaks-over-threshold' : 'block-quantile',
    alarmLogic: logic.description,
    wearers: watched.length,
    wearerDays: days,
    windows: pooled.length,
    blocks: watched.reduce((sum, { blocks }) => sum + blocks.length, 0),
    blockSeconds,
    leftOut: all.filter(({ blocks }) => blocks.length === 0).map(({ scores }) => scores.wearer),
    records: watched.flatMap(({ scores }) => scores.records),
    ...(byTail !== undefined && { tail: describe(byTail) }),
    extrapolation: {
      expectedAlarms: budget * days,
      returnPeriodToObserved: 1 / (budget * days),
      ...(byTail !== undefined && { thresholdToHighestPeak: threshold / byTail.highestPeak }),
    },
    ...(byBlocks !== undefined && {
      blockQuantile: { share: byBlocks.share, resolvedAlarmsPerWearerDay: byBlocks.resolvedAlarmsPerWearerDay },
    }),
    predicted: byBlocks === undefined ? byTail!.predicted! : countedRate(alarms, days),
    counted: { alarms, alarmsPerWearerDay: alarms / days },
    spread: spreadOf(counts, budget),
    naive: {
      threshold: naiveThreshold,
      alarmsPerWearerDay: total(countAt(watched, logic, naiveThreshold)) / days,
      how: 'quantile of single windows: as many a wearer-day above it as the budget allows alarms',
    },
  }
}

/** Each a wearer of their own, with scores that are numbers: else days would count that nobody lived. */
function checkWearers(wearers: readonly WearerScores[]): void {
  wearers.forEach(({ wearer, score }, w) => {
    const broken = score.findIndex((value) => !Number.isFinite(value))
    if (broken >= 0) {
      throw new RangeError(`scores of ${wearer}: expected finite numbers, received ${score[broken]} at ${broken}`)
    }
    const same = wearers
      .slice(0, w)
      .find((other) => other.wearer === wearer || (score.length > 0 && sameScores(other.score, score)))
    if (same)
      throw new RangeError(`wearers: expected different ones, received ${wearer} with the scores of ${same.wearer}`)
  })
}

function sameScores(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((score, i) => score === b[i])
}

interface FittedTail {
  tail: Tail
  start: TailStart
  clusters: number
  highestPeak: number
  /** Share of the peaks above a threshold near the budget's that raise an alarm of their own there. */
  raised: number
  /** Absent where the budget allows more alarms than there are peaks. */
  threshold?: number
  predicted?: Calibration['predicted']
}

function fitted(
  watched: readonly Watched[],
  logic: AlarmLogic,
  start: TailStart,
  budget: number,
  seed: number,
): FittedTail | undefined {
  const byWearer = watched.map((wearer) => ({ ...wearer, found: alarmPeaks(wearer.scores, logic, start.u) }))
  const wearerUnits = byWearer.map(({ days, found }): Unit => ({ days, peaks: found.map(({ peak }) => peak) }))
  const tail = fitTail(wearerUnits, start.u)
  if (tail === undefined) return undefined
  const peaks = wearerUnits.flatMap((unit) => unit.peaks)
  const days = watched.reduce((sum, wearer) => sum + wearer.days, 0)
  const raised = shareRaised(watched, logic, peaks, budget * days)
  const found = { tail, start, clusters: peaks.length, highestPeak: Math.max(...peaks), raised }
  if (budget >= raised * tail.alarmsPerWearerDay) return found
  const threshold = thresholdOf(tail, budget / raised)
  const manyWearers = watched.length >= leastWearers
  const units = manyWearers
    ? wearerUnits
    : byWearer.flatMap(({ blocks, found: own }) =>
        blocks.map(({ days, from, to }): Unit => ({
          days,
          peaks: own.filter(({ at }) => at >= from && at < to).map(({ peak }) => peak),
        })),
      )
  const { low, high } = resampledRate(units, tail, threshold, { confidence, resamples, seed })
  const bounds = { low: raised * low, high: raised * high }
  const how = `generalised Pareto tail; bounds by resampling ${manyWearers ? 'wearers' : 'blocks, as there are few wearers'}`
  return { ...found, threshold, predicted: { alarmsPerWearerDay: budget, ...bounds, confidence, how } }
}

/**
 * Peaks that stood apart at a higher threshold may have run together at a lower one, so that alarms are fewer than peaks: by how
 * much where the budget lies, as counted at thresholds with about as many peaks as it allows alarms.
 */
function shareRaised(
  watched: readonly Watched[],
  logic: AlarmLogic,
  peaks: readonly number[],
  allowed: number,
): number {
  const sorted = [...peaks].sort((a, b) => b - a)
  const ranks = aroundBudget.map((factor) =>
    Math.min(sorted.length - 1, Math.max(fewAlarms, Math.round(factor * allowed))),
  )
  let alarms = 0
  let above = 0
  for (const rank of new Set(ranks)) {
    const threshold = sorted[rank]!
    alarms += total(countAt(watched, logic, threshold))
    above += sorted.filter((peak) => peak > threshold).length
  }
  return alarms > 0 && above > 0 ? Math.min(1, alarms / above) : 1
}

/** What to try first; how much is enough only the data say. */
function neededFor(budget: number, seenDays = 0): string {
  const days = Math.ceil(Math.max(leastPeaks / budget, 2 * seenDays))
  return `expect to need ${days} wearer-days or more, of at least ${leastWearers} wearers`
}

/** Why the data cannot promise the budget; undefined if they can. */
function whyNot(byTail: FittedTail | undefined, budget: number, days: number, wearers: number): string | undefined {
  const no = (why: string) => `budget unsupported: ${why}`
  const needed = neededFor(budget, days)
  if (byTail === undefined || byTail.clusters < leastPeaks) {
    return no(`expected at least ${leastPeaks} separate alarms to fit, received ${byTail?.clusters ?? 0}; ${needed}`)
  }
  const { predicted, tail } = byTail
  if (predicted === undefined) {
    return no(`alarms run together: apart from one another there are ${figure(tail.alarmsPerWearerDay)} a wearer-day`)
  }
  if (wearers < leastWearers) return no(`expected at least ${leastWearers} wearers, received ${wearers}`)
  if (budget * days < leastExpectedAlarms) {
    return no(`${figure(days)} wearer-days are too few for an alarm in ${figure(1 / budget)}; ${needed}`)
  }
  if (predicted.low < promised.least * budget || predicted.high > promised.most * budget) {
    const bounds = `${figure(predicted.low)} to ${figure(predicted.high)}`
    return no(`the rate would lie anywhere in ${bounds} a wearer-day (${confidence * 100} %); ${needed}`)
  }
  return undefined
}

function supportedBy({ predicted, clusters }: FittedTail, wearers: number, days: number): string {
  const { low, high } = predicted!
  const data = `${clusters} separate alarms of ${wearers} wearers in ${figure(days)} wearer-days`
  return `${data} put the rate between ${figure(low)} and ${figure(high)} a wearer-day (${confidence * 100} %)`
}

function describe({ tail, start, clusters, raised }: FittedTail): NonNullable<Calibration['tail']> {
  const { u, alarmsPerWearerDay, xi, sigma } = tail
  const { exceedances } = start
  const extremalIndex = Math.min(1, clusters / exceedances)
  return { u, exceedances, clusters, extremalIndex, raised, alarmsPerWearerDay, xi, sigma }
}

function countedRate(alarms: number, days: number): Calibration['predicted'] {
  const { low, high } = poissonInterval(alarms, confidence)
  const how = 'as counted; bounds as if alarms came by chance alone (Poisson), which is too narrow where wearers differ'
  return { alarmsPerWearerDay: alarms / days, low: low / days, high: high / days, confidence, how }
}

function watchedOf(scores: WearerScores, blockSeconds: number): Watched {
  const blocks = blocksOf(scores, blockSeconds)
  return { scores, blocks, days: blocks.reduce((sum, block) => sum + block.days, 0) }
}

function countAt(watched: readonly Watched[], logic: AlarmLogic, threshold: number): WearerCount[] {
  return watched.map(({ scores, days }) => ({ days, alarms: countAlarms(scores, logic, threshold) }))
}

function total(counts: readonly WearerCount[]): number {
  return counts.reduce((sum, { alarms }) => sum + alarms, 0)
}

/** All scores, ascending. */
function pool(watched: readonly Watched[]): Float64Array {
  const all = new Float64Array(watched.reduce((sum, { scores }) => sum + scores.score.length, 0))
  let from = 0
  for (const { scores } of watched) {
    all.set(scores.score, from)
    from += scores.score.length
  }
  return all.sort()
}

function figure(value: number): string {
  return String(Number(value.toPrecision(2)))
}

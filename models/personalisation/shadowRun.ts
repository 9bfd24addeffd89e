import type { AlarmLogic, AlarmWatch } from '../calibration/alarmLogic.ts'
import type { Scorer } from '../scorer.ts'

/** A model with its threshold, and who watches its scores. */
export interface Watching {
  scorer: Scorer
  threshold: number
}

export interface ShadowReport {
  windows: number
  /** That were scored. */
  hours: number
  /** Of the windows, on which both say the same; NaN where there was none. */
  agreement: number
  bothAnomalous: number
  onlyPopulation: number
  onlyPersonal: number
  alarms: { population: number; personal: number }
  alarmsPerHour: { population: number; personal: number }
  recommendation: 'go on' | 'use' | 'roll back' | 'let a person look'
  because: string
}

export const shadowChoices = {
  leastHours: 1,
  leastWindows: 50,
  /** Of the population model's anomalous windows, that the personal model must not pass over. */
  mostPassedOver: 0.5,
} as const

/** Between windows, in lengths of a window, that still counts as watched. */
const mostGap = 3

/**
 * Both models on the same stream: the population model goes on to raise alarms while the personal one only shows what it would
 * have done.
 */
export class ShadowRun {
  private readonly models: { population: Watching; personal: Watching }
  private readonly watches: { population: AlarmWatch; personal: AlarmWatch }
  private readonly alarms = { population: 0, personal: 0 }
  private readonly counts = { neither: 0, both: 0, onlyPopulation: 0, onlyPersonal: 0 }
  private micros = 0
  private last: number | undefined

  constructor(population: Watching, personal: Watching, logic: AlarmLogic) {
    this.models = { population, personal }
    this.watches = { population: logic.watch(population.threshold), personal: logic.watch(personal.threshold) }
  }

  /** @param at stream time, integer µs; ascending. @param until where the window ends. */
  push(at: number, until: number, input: Float32Array): void {
    const population = this.judge('population', at, input)
    const personal = this.judge('personal', at, input)
    // Both know the same inputs: either scores, or neither.
    if (population === undefined || personal === undefined) return
    // Windows that follow one another closely leave no gap.
    const follows = this.last !== undefined && at - this.last <= mostGap * (until - at)
    this.micros += Math.max(0, until - (follows ? this.last! : at))
    this.last = until
    const { counts } = this
    if (population && personal) counts.both++
    else if (population) counts.onlyPopulation++
    else if (personal) counts.onlyPersonal++
    else counts.neither++
  }

  report(): ShadowReport {
    const { neither, both, onlyPopulation, onlyPersonal } = this.counts
    const windows = neither + both + onlyPopulation + onlyPersonal
    const hours = this.micros / 3.6e9
    const perHour = (alarms: number) => (hours > 0 ? alarms / hours : 0)
    const report = {
      windows,
      hours,
      agreement: (neither + both) / windows,
      bothAnomalous: both,
      onlyPopulation,
      onlyPersonal,
      alarms: { ...this.alarms },
      alarmsPerHour: { population: perHour(this.alarms.population), personal: perHour(this.alarms.personal) },
    }
    return { ...report, ...recommend(report) }
  }

  private judge(name: 'population' | 'personal', at: number, input: Float32Array): boolean | undefined {
    const { scorer, threshold } = this.models[name]
    const score = scorer.score(input)?.score
    if (score === undefined) return undefined
    if (this.watches[name].push(at, score)?.change === 'on') this.alarms[name]++
    return score > threshold
  }
}

type Figures = Omit<ShadowReport, 'recommendation' | 'because'>

function recommend(figures: Figures): Pick<ShadowReport, 'recommendation' | 'because'> {
  const { windows, hours, alarms, bothAnomalous, onlyPopulation, onlyPersonal } = figures
  const { leastHours, leastWindows, mostPassedOver } = shadowChoices
  if (hours < leastHours || windows < leastWindows) {
    return { recommendation: 'go on', because: `less than ${leastHours} h or ${leastWindows} windows were seen` }
  }
  if (alarms.personal > alarms.population || onlyPersonal > onlyPopulation) {
    return { recommendation: 'roll back', because: 'the personal model calls more anomalous than the population model' }
  }
  if (onlyPopulation > mostPassedOver * (bothAnomalous + onlyPopulation)) {
    const because = `it passes over more than ${mostPassedOver * 100} % of what the population model calls anomalous`
    return { recommendation: 'let a person look', because }
  }
  return { recommendation: 'use', because: 'it alarms no more often, and on most of the same windows' }
}

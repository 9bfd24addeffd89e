import { SampleClock, type SampleClockState } from '../../models/inputs/sampleClock.ts'
import { BreathSeries, type BreathSeriesSnapshot } from './breathSeries.ts'
import { breathEvidence, breathGridHz, breathRates, breathWindowPoints } from './breathSpectrum.ts'
import { GridChannel, type GridSnapshot } from './gridChannel.ts'
import { Pulse, type PulseSnapshot } from './pulse.ts'
import { RateTracker, type RateEstimate } from './rateTracker.ts'
import { RecentSamples, type RecentSamplesSnapshot } from './recentSamples.ts'

export type BreathSource = 'ecg' | 'ppg'

/** Breaths a minute at the end of a window. */
export interface RespirationEstimate extends RateEstimate {
  /** Stream time of the window's end, integer µs. */
  tick: number
  /** Whose waveform spoke. */
  sources: BreathSource[]
}

/** An estimate below it is not told: nine in ten are, of people in intensive care, and one in eight of noise. */
export const leastBreathConfidence = 0.75

const everySeconds = 2
/** After a time in which nobody wanted an estimate so many looks are made up for: as far back as beats are remembered. */
const looksMadeUpFor = 5
const always = (): boolean => true
const everyMicros = everySeconds * 1e6
const pointMicros = 1e6 / breathGridHz
const grid = { bandHz: [0.1, 0.9], gridHz: breathGridHz, remembered: 256 } as const
const tracking = { ...breathRates, change: 0.6, lost: 0.002, sharpness: 2.5, within: 2 }
/** A beat of this age is known, whatever found it, µs: what a look sees does not depend on how blocks were cut. */
const knownMicros = 1_000_000
/** A waveform that is behind the other by more is not waited for, µs. */
const patienceMicros = 2_000_000
/** A block must not be longer than this, less one second, for beats to be measured in it. */
const recentSeconds = 4
/** Around the R peak, s: the QRS complex, and the level before it. */
const complexSeconds = [-0.064, 0.064] as const
const levelSeconds = [-0.24, -0.08] as const
/** A longer time between two beats says nothing of breath, s. */
const longestInterval = 2

const seriesNames = {
  ecg: ['rrInterval', 'qrsHeight', 'ecgLevel'],
  ppg: ['pulseInterval', 'pulseLevel'],
} as const
type SeriesName = (typeof seriesNames)[BreathSource][number]
const sources = ['ecg', 'ppg'] as const

// Scratch of one look.
const windows = Array.from({ length: 7 }, () => new Float64Array(breathWindowPoints))

/**
 * Rate of breath from ECG, from PPG, or from both together. Breath moves their baseline, the height of each beat and the time
 * between beats (Charlton et al., IEEE Rev Biomed Eng 11:2-20, 2018): seven series, of which each says in its spectrum of the
 * last 32 s as much as it is sure of, followed over time by a `RateTracker`. An estimate every 2 s of stream time, with
 * nothing in it that was known later.
 */
export class Respiration {
  private ecgInput: EcgInput | undefined
  private ppgInput: PpgInput | undefined
  private readonly series = new Map<SeriesName, BreathSeries>()
  private readonly tracker = new RateTracker(tracking)
  /** Stream time of the next look, µs; null before the first. */
  private next: number | null = null
  /** Nobody wanted the last estimate, and none was made. */
  private idle = false

  /**
   * Takes in a block and returns the estimates that were complete before it.
   * @param tick stream time of the first value, µs.
   * @param values NaN where nothing was measured.
   * @param isWanted whether an estimate of this moment (stream time, µs) is of any use; without, most of the work is spared.
   */
  push(
    source: BreathSource,
    rateHz: number,
    tick: number,
    values: Float32Array,
    isWanted: (at: number) => boolean = always,
  ): RespirationEstimate[] {
    const estimates: RespirationEstimate[] = []
    for (let at = this.ready(); at !== undefined; at = this.ready()) {
      this.next = at + everyMicros
      if (!isWanted(at)) {
        this.idle = true
        continue
      }
      const estimate = this.look(at)
      if (estimate !== undefined) estimates.push(estimate)
    }
    if (source === 'ecg') {
      if (this.ecgInput?.rateHz !== rateHz) this.ecgInput = new EcgInput(rateHz)
      this.ecgInput.push(tick, values)
    } else {
      if (this.ppgInput?.rateHz !== rateHz) this.ppgInput = new PpgInput(rateHz)
      for (const wave of this.ppgInput.push(tick, values)) {
        if ((wave.intervalSeconds ?? Infinity) < longestInterval)
          this.of('pulseInterval').push(wave.tick, wave.intervalSeconds!)
        this.of('pulseLevel').push(wave.tick, wave.level)
      }
    }
    return estimates
  }

  /** A beat of the ECG pushed last. @param tick stream time of its R peak, µs; @param rrSeconds since the beat before. */
  beat(tick: number, rrSeconds: number | undefined): void {
    if (rrSeconds !== undefined && rrSeconds < longestInterval) this.of('rrInterval').push(tick, rrSeconds)
    const complex = this.ecgInput?.around(tick, complexSeconds)
    const before = this.ecgInput?.around(tick, levelSeconds)
    if (complex !== undefined) this.of('qrsHeight').push(tick, complex.high - complex.low)
    if (before !== undefined) this.of('ecgLevel').push(tick, before.mean)
  }

  snapshot(): RespirationSnapshot {
    return {
      version: 1,
      ecg: this.ecgInput?.snapshot() ?? null,
      ppg: this.ppgInput?.snapshot() ?? null,
      series: [...this.series].map(([name, series]) => [name, series.snapshot()]),
      belief: this.tracker.snapshot(),
      next: this.next,
      ...(this.idle && { idle: true as const }),
    }
  }

  /** @throws Error where the snapshot is of another version. */
  static restore(snapshot: RespirationSnapshot): Respiration {
    if ((snapshot.version as number) !== 1) {
      throw new Error(`respiration snapshot: version: expected 1, received ${String(snapshot.version)}`)
    }
    const respiration = new Respiration()
    if (snapshot.ecg !== null) respiration.ecgInput = EcgInput.restore(snapshot.ecg)
    if (snapshot.ppg !== null) respiration.ppgInput = PpgInput.restore(snapshot.ppg)
    for (const [name, saved] of snapshot.series) respiration.of(name).restore(saved)
    respiration.tracker.restore(snapshot.belief)
    respiration.next = snapshot.next
    respiration.idle = snapshot.idle === true
    return respiration
  }

  private of(name: SeriesName): BreathSeries {
    let series = this.series.get(name)
    if (series === undefined) this.series.set(name, (series = new BreathSeries()))
    return series
  }

  private inputOf(source: BreathSource): EcgInput | PpgInput | undefined {
    return source === 'ecg' ? this.ecgInput : this.ppgInput
  }

  /** The next look, if all that belongs to it is there or not worth waiting for. */
  private ready(): number | undefined {
    const ends = sources.flatMap((source) => this.inputOf(source)?.grid.newest ?? []).map((g) => g * pointMicros)
    if (ends.length === 0) return undefined
    const newest = Math.max(...ends)
    const latest = Math.floor(newest / everyMicros) * everyMicros
    if (this.next === null || this.next < latest - 60e6 || this.next > latest + everyMicros) {
      // The first, or time has jumped.
      if (this.next !== null) this.tracker.reset()
      this.next = latest + everyMicros
    }
    const at = this.next
    const isReady = Math.min(...ends) >= at || newest >= at + patienceMicros
    return isReady && newest >= at ? at : undefined
  }

  private look(at: number): RespirationEstimate | undefined {
    if (this.idle) {
      this.idle = false
      this.tracker.reset()
      for (let back = looksMadeUpFor; back > 0; back--) this.takeIn(at - back * everyMicros)
    }
    const spoke = this.takeIn(at)
    return spoke.length === 0 ? undefined : { ...this.tracker.estimate(), tick: at, sources: spoke }
  }

  /** Tells the tracker what was seen up to a moment. @returns whose waveforms spoke */
  private takeIn(at: number): BreathSource[] {
    let used = 0
    const spoke = sources.filter((source) => {
      const before = used
      for (const name of seriesNames[source]) {
        if (this.series.get(name)?.read(at - knownMicros, pointMicros, windows[used]!)) used++
      }
      // The baseline of a signal without beats is no breath.
      if (used === before) return false
      if (this.inputOf(source)?.grid.read(at / pointMicros - breathWindowPoints + 1, windows[used]!)) used++
      return true
    })
    this.tracker.look(used === 0 ? undefined : breathEvidence(windows.slice(0, used)))
    return spoke
  }
}

/** The ECG's baseline, and its last seconds in full. */
class EcgInput {
  readonly rateHz: number
  readonly grid: GridChannel
  private readonly clock: SampleClock
  private readonly recent: RecentSamples

  constructor(rateHz: number) {
    this.rateHz = rateHz
    this.grid = new GridChannel(rateHz, grid)
    this.clock = new SampleClock(rateHz)
    this.recent = new RecentSamples(recentSeconds * rateHz)
  }

  push(tick: number, values: Float32Array): void {
    const { recent, clock, rateHz } = this
    this.grid.push(tick, values)
    const missing = clock.missingBefore(tick, recent.count)
    if (missing >= 0 && missing < recentSeconds * rateHz) for (let i = 0; i < missing; i++) recent.put(NaN)
    else recent.clear()
    clock.follow(tick, recent.count)
    for (let i = 0; i < values.length; i++) recent.put(values[i]!)
  }

  around(tick: number, [from, to]: readonly [number, number]) {
    const { recent, clock, rateHz } = this
    const middle = recent.count + clock.missingBefore(tick, recent.count)
    return recent.between(middle + Math.round(from * rateHz), middle + Math.round(to * rateHz))
  }

  snapshot(): EcgInputSnapshot {
    const { rateHz, grid, clock, recent } = this
    return { rateHz, grid: grid.snapshot(), clock: clock.snapshot(), recent: recent.snapshot() }
  }

  static restore(snapshot: EcgInputSnapshot): EcgInput {
    const input = new EcgInput(snapshot.rateHz)
    input.grid.restore(snapshot.grid)
    input.clock.restore(snapshot.clock)
    input.recent.restore(snapshot.recent)
    return input
  }
}

/** The PPG's baseline, and its waves. */
class PpgInput {
  readonly rateHz: number
  readonly grid: GridChannel
  private pulse: Pulse

  constructor(rateHz: number) {
    this.rateHz = rateHz
    this.grid = new GridChannel(rateHz, grid)
    this.pulse = new Pulse(rateHz)
  }

  push(tick: number, values: Float32Array) {
    this.grid.push(tick, values)
    return this.pulse.push(tick, values)
  }

  snapshot(): PpgInputSnapshot {
    return { rateHz: this.rateHz, grid: this.grid.snapshot(), pulse: this.pulse.snapshot() }
  }

  static restore(snapshot: PpgInputSnapshot): PpgInput {
    const input = new PpgInput(snapshot.rateHz)
    input.grid.restore(snapshot.grid)
    input.pulse = Pulse.restore(snapshot.pulse)
    return input
  }
}

interface EcgInputSnapshot {
  rateHz: number
  grid: GridSnapshot
  clock: SampleClockState
  recent: RecentSamplesSnapshot
}

interface PpgInputSnapshot {
  rateHz: number
  grid: GridSnapshot
  pulse: PulseSnapshot
}

export interface RespirationSnapshot {
  version: 1
  ecg: EcgInputSnapshot | null
  ppg: PpgInputSnapshot | null
  series: [SeriesName, BreathSeriesSnapshot][]
  belief: string
  next: number | null
  idle?: true
}

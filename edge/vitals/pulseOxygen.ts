import { SampleClock, type SampleClockState } from '../../models/inputs/sampleClock.ts'
import { GridChannel, type GridSnapshot } from './gridChannel.ts'
import { RecentSamples, type RecentSamplesSnapshot } from './recentSamples.ts'

export const oxygenChannels = ['ppgRed', 'ppgInfrared'] as const
export type OxygenChannel = (typeof oxygenChannels)[number]

export interface PulseOxygenEstimate {
  /** Stream time of the window's end, integer µs. */
  tick: number
  /** %, by a typical sensor's curve. */
  spo2: number
  /** Red over infrared, each pulse over its own mean level; no unit. */
  ratio: number
}

const windowSeconds = 8
const everyMicros = 2_000_000
const grid = { bandHz: [0.5, 4.5], gridHz: 25, remembered: 512 } as const
const windowPoints = windowSeconds * grid.gridHz
/** Both colours must show the same wave: square of their correlation. */
const leastAgreement = 0.9
/** Size of the infrared pulse (standard deviation) over its level: less is noise, more is motion. */
const perfusion = { least: 0.0005, most: 0.1 } as const
/** The curve is of no use below, %. */
const lowest = 50

const red = new Float64Array(windowPoints)
const infrared = new Float64Array(windowPoints)

/**
 * Oxygen saturation by the ratio of ratios (Webster, Design of Pulse Oximeters, 1997): 110 - 25 R, the curve of a typical sensor.
 * Each sensor has its own, to be found against blood: without it the value may be some percent off. Every 2 s, of the
 * last 8 s; nothing where the two colours do not agree.
 */
export class PulseOxygen {
  private readonly colours = new Map<OxygenChannel, Colour>()
  /** Stream time of the next look, µs; null before the first. */
  private next: number | null = null

  /** @param tick stream time of the first value, µs; @param values NaN where nothing was measured. */
  push(channel: OxygenChannel, rateHz: number, tick: number, values: Float32Array): PulseOxygenEstimate[] {
    let colour = this.colours.get(channel)
    if (colour?.rateHz !== rateHz) this.colours.set(channel, (colour = new Colour(rateHz)))
    colour.push(tick, values)
    const found: PulseOxygenEstimate[] = []
    for (let at = this.ready(); at !== undefined; at = this.ready()) {
      this.next = at + everyMicros
      const estimate = this.look(at)
      if (estimate !== undefined) found.push(estimate)
    }
    return found
  }

  snapshot(): PulseOxygenSnapshot {
    return {
      version: 1,
      colours: [...this.colours].map(([name, colour]) => [name, colour.snapshot()]),
      next: this.next,
    }
  }

  /** @throws Error where the snapshot is of another version. */
  static restore(snapshot: PulseOxygenSnapshot): PulseOxygen {
    if ((snapshot.version as number) !== 1) {
      throw new Error(`pulse oxygen snapshot: version: expected 1, received ${String(snapshot.version)}`)
    }
    const oxygen = new PulseOxygen()
    for (const [name, saved] of snapshot.colours) oxygen.colours.set(name, Colour.restore(saved))
    oxygen.next = snapshot.next
    return oxygen
  }

  /** The next look, once both colours reach it. */
  private ready(): number | undefined {
    const ends = oxygenChannels.map((name) => this.colours.get(name)?.grid.newest ?? NaN)
    const known = (Math.min(...ends) * 1e6) / grid.gridHz
    if (Number.isNaN(known)) return undefined
    const latest = Math.floor(known / everyMicros) * everyMicros
    // The first, or time has jumped: no further back than what is remembered.
    if (this.next === null || this.next < latest - 10e6 || this.next > latest + everyMicros)
      this.next = latest + everyMicros
    return known >= this.next ? this.next : undefined
  }

  private look(at: number): PulseOxygenEstimate | undefined {
    const [r, i] = [this.colours.get('ppgRed')!, this.colours.get('ppgInfrared')!]
    const from = (at * grid.gridHz) / 1e6 - windowPoints + 1
    const [redLevel, infraredLevel] = [r.level(at), i.level(at)]
    if (!r.grid.read(from, red) || !i.grid.read(from, infrared)) return undefined
    if (!(redLevel > 0 && infraredLevel > 0)) return undefined
    let [both, redPower, infraredPower] = [0, 0, 0]
    for (let k = 0; k < windowPoints; k++) {
      both += red[k]! * infrared[k]!
      redPower += red[k]! * red[k]!
      infraredPower += infrared[k]! * infrared[k]!
    }
    const pulse = Math.sqrt(infraredPower / windowPoints) / infraredLevel
    const agree = both > 0 && both * both >= leastAgreement * redPower * infraredPower
    if (!agree || pulse < perfusion.least || pulse > perfusion.most) return undefined
    const ratio = (both / infraredPower) * (infraredLevel / redLevel)
    const spo2 = Math.min(100, 110 - 25 * ratio)
    return spo2 < lowest ? undefined : { tick: at, spo2, ratio }
  }
}

/** The pulse of one wavelength, and the level it rides on. */
class Colour {
  readonly rateHz: number
  readonly grid: GridChannel
  private readonly clock: SampleClock
  private readonly recent: RecentSamples

  constructor(rateHz: number) {
    this.rateHz = rateHz
    this.grid = new GridChannel(rateHz, grid)
    this.clock = new SampleClock(rateHz)
    this.recent = new RecentSamples(2 * windowSeconds * rateHz)
  }

  push(tick: number, values: Float32Array): void {
    const { recent, clock, rateHz } = this
    this.grid.push(tick, values)
    const missing = clock.missingBefore(tick, recent.count)
    if (missing >= 0 && missing < windowSeconds * rateHz) for (let i = 0; i < missing; i++) recent.put(NaN)
    else recent.clear()
    clock.follow(tick, recent.count)
    for (let i = 0; i < values.length; i++) recent.put(values[i]!)
  }

  /** Mean of the window that ends at `tick`; NaN where some of it was not measured. */
  level(tick: number): number {
    const { recent, clock, rateHz } = this
    const end = recent.count + clock.missingBefore(tick, recent.count)
    return recent.between(end - windowSeconds * rateHz, end - 1)?.mean ?? NaN
  }

  snapshot(): ColourSnapshot {
    const { rateHz, grid, clock, recent } = this
    return { rateHz, grid: grid.snapshot(), clock: clock.snapshot(), recent: recent.snapshot() }
  }

  static restore(snapshot: ColourSnapshot): Colour {
    const colour = new Colour(snapshot.rateHz)
    colour.grid.restore(snapshot.grid)
    colour.clock.restore(snapshot.clock)
    colour.recent.restore(snapshot.recent)
    return colour
  }
}

interface ColourSnapshot {
  rateHz: number
  grid: GridSnapshot
  clock: SampleClockState
  recent: RecentSamplesSnapshot
}

export interface PulseOxygenSnapshot {
  version: 1
  colours: [OxygenChannel, ColourSnapshot][]
  next: number | null
}

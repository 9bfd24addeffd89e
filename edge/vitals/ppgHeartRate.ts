import { cosine } from '../../models/inputs/trigonometry.ts'
import { decodeFloat64, encodeFloat64 } from '../../models/inputs/typedArrays.ts'
import { Fourier } from './fourier.ts'
import { GridChannel, type GridSnapshot } from './gridChannel.ts'
import { RateTracker, type RateEstimate } from './rateTracker.ts'

export const ppgChannels = ['ppg', 'ppg2'] as const
export const motionChannels = ['accX', 'accY', 'accZ'] as const
export type PpgHeartRateChannel = (typeof ppgChannels)[number] | (typeof motionChannels)[number]

/** A heart rate at the end of its window. */
export interface PpgHeartRateEstimate extends RateEstimate {
  /** Stream time of the window's end, µs. */
  tick: number
  /** Acceleration of the whole window was there; without it motion may pass for a pulse. */
  motionKnown: boolean
}

const gridHz = 25
const windowSeconds = 8
const everySeconds = 2
const grid = { bandHz: [0.4, 4.5], gridHz, remembered: 512 } as const
const windowPoints = windowSeconds * gridHz
const everyPoints = everySeconds * gridHz
const transform = new Fourier(512)
/** Bins up to 4.5 Hz. */
const bins = Math.ceil((4.6 / gridHz) * transform.length)
/** Share of a new spectrum in the usual one. */
const usualShare = 0.15
/** What the second harmonic adds. */
const harmonicShare = 0.2
/** Without acceleration for this long after the PPG a window is judged without it, µs. */
const patienceMicros = 2_000_000
const hann = Float64Array.from({ length: windowPoints }, (_, i) => {
  const turn = (i + 0.5) / windowPoints
  return 0.5 - 0.5 * cosine(2 * Math.PI * (turn < 0.5 ? turn : turn - 1))
})

/** An estimate below it is not told: chosen so that nine in ten are, on running people. */
export const leastConfidence = 0.5

const tracking = { from: 30, to: 220, step: 1, change: 4, lost: 0.0005, sharpness: 5, within: 8 }

// Scratch of one look; nothing of it outlives the look.
const scratch = Array.from({ length: 6 }, () => new Float64Array(transform.length))
const points = new Float64Array(windowPoints)
const spectra = Array.from({ length: 6 }, () => new Float64Array(bins))
const evidence = new Float64Array(tracking.to - tracking.from + 1)

/**
 * Heart rate from a wrist's PPG, also in motion: the spectrum of the last 8 s, in which what the acceleration explains is
 * damped by two Wiener gains (after Temko, IEEE Trans Biomed Eng 64(9):2016-2024, 2017), followed over time by a
 * `RateTracker`. An estimate every 2 s of stream time.
 */
export class PpgHeartRate {
  private readonly channels = new Map<PpgHeartRateChannel, GridChannel>()
  private readonly tracker = new RateTracker(tracking)
  /** Spectrum that the PPG usually has, peak 1. */
  private readonly usual = new Float64Array(bins)
  private looks = 0
  /** Grid point at which the next window ends (exclusive), or null before the first. */
  private next: number | null = null

  /**
   * Takes in a block; returns the estimates that it completes.
   * @param tick stream time of the first value, µs. Blocks of different channels may arrive up to 2 s apart.
   */
  push(channel: PpgHeartRateChannel, rateHz: number, tick: number, values: Float32Array): PpgHeartRateEstimate[] {
    let of = this.channels.get(channel)
    if (of?.rateHz !== rateHz) this.channels.set(channel, (of = new GridChannel(rateHz, grid)))
    of.push(tick, values)
    const found: PpgHeartRateEstimate[] = []
    for (let at = this.ready(); at !== undefined; at = this.ready()) {
      const estimate = this.look(at)
      if (estimate !== undefined) found.push(estimate)
    }
    return found
  }

  snapshot(): PpgHeartRateSnapshot {
    return {
      version: 1,
      channels: [...this.channels].map(([name, channel]) => [name, channel.snapshot()]),
      belief: this.tracker.snapshot(),
      usual: encodeFloat64(this.usual),
      looks: this.looks,
      next: this.next,
    }
  }

  /** @throws Error where the snapshot is of another version. */
  static restore(snapshot: PpgHeartRateSnapshot): PpgHeartRate {
    if ((snapshot.version as number) !== 1) {
      throw new Error(`ppg heart rate snapshot: version: expected 1, received ${String(snapshot.version)}`)
    }
    const heart = new PpgHeartRate()
    for (const [name, saved] of snapshot.channels) {
      const channel = new GridChannel(saved.rateHz, grid)
      channel.restore(saved)
      heart.channels.set(name, channel)
    }
    heart.tracker.restore(snapshot.belief)
    decodeFloat64(snapshot.usual, heart.usual, 'ppgHeartRate.usual')
    heart.looks = snapshot.looks
    heart.next = snapshot.next
    return heart
  }

  /** The end of the next window, if everything that belongs to it is there or not worth waiting for. */
  private ready(): number | undefined {
    const newest = Math.max(...ppgChannels.map((name) => this.channels.get(name)?.newest ?? -Infinity))
    if (newest === -Infinity) return undefined
    const latest = Math.floor((newest + 1) / everyPoints) * everyPoints
    if (this.next === null || this.next < latest - 60 * gridHz || this.next > latest + everyPoints) {
      // The first window, or time has jumped.
      if (this.next !== null) this.reset()
      this.next = latest + (latest < newest + 1 ? everyPoints : 0)
    }
    const end = this.next
    if (newest < end - 1) return undefined
    const waiting = [...this.channels.values()].some((channel) => {
      const known = channel.newest ?? -Infinity
      // A channel that has stopped long ago is not waited for.
      return known < end - 1 && known > end - 1 - windowPoints
    })
    return waiting && newest < end - 1 + (patienceMicros * gridHz) / 1e6 ? undefined : end
  }

  private look(end: number): PpgHeartRateEstimate | undefined {
    this.next = end + everyPoints
    const from = end - windowPoints
    const ppg = ppgChannels.filter((_, i) => this.window(ppgChannels[i]!, from, scratch[i]!))
    if (ppg.length === 0) {
      this.tracker.look(undefined)
      return undefined
    }
    const motion = motionChannels.filter((_, i) => this.window(motionChannels[i]!, from, scratch[2 + i]!))
    const motionKnown = motion.length === motionChannels.length
    scratch[5]!.fill(0)
    for (let pair = 0; pair < 6; pair += 2) {
      transform.amplitudes(scratch[pair]!, scratch[pair + 1]!, spectra[pair]!, spectra[pair + 1]!)
    }
    const [pulse, second, x, y, z] = spectra as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array]
    if (ppg.length === 2) {
      peakToOne(pulse)
      peakToOne(second)
    }
    for (let k = 0; k < bins; k++) {
      pulse[k]! += second[k]!
      x[k]! += y[k]! + z[k]!
    }
    peakToOne(pulse)
    if (motionKnown) peakToOne(x)
    else x.fill(0)
    this.damp(pulse, x)
    for (let i = 0; i < evidence.length; i++) {
      const own = amplitudeAt(pulse, tracking.from + i)
      evidence[i] = own + harmonicShare * amplitudeAt(pulse, 2 * (tracking.from + i)) * Math.min(1, 2 * own)
    }
    peakToOne(evidence)
    this.tracker.look(evidence)
    return { ...this.tracker.estimate(), tick: Math.round((end * 1e6) / gridHz), motionKnown }
  }

  /** Takes out of the pulse's spectrum what the motion's explains. */
  private damp(pulse: Float64Array, motion: Float64Array): void {
    const { usual } = this
    const share = Math.max(usualShare, 1 / ++this.looks)
    for (let k = 0; k < bins; k++) {
      usual[k]! += share * (pulse[k]! - usual[k]!)
      const explained = motion[k]! * motion[k]!
      const expected = Math.max(1e-6, usual[k]!)
      const kept = Math.max(0, 1 - explained / expected)
      pulse[k]! *= (expected / (expected + motion[k]!) + kept) / 2
    }
    peakToOne(pulse)
  }

  /** Fills `out` with a channel's window, without its mean, tapered, zeros behind; zeros alone where it was not measured. */
  private window(name: PpgHeartRateChannel, from: number, out: Float64Array): boolean {
    out.fill(0)
    if (this.channels.get(name)?.read(from, points) !== true) return false
    let mean = 0
    for (let i = 0; i < windowPoints; i++) mean += points[i]! / windowPoints
    for (let i = 0; i < windowPoints; i++) out[i] = (points[i]! - mean) * hann[i]!
    return true
  }

  private reset(): void {
    this.tracker.reset()
    this.usual.fill(0)
    this.looks = 0
  }
}

/** Between the bins, by a straight line; 0 beyond the band. */
function amplitudeAt(spectrum: Float64Array, perMinute: number): number {
  const position = (perMinute / 60 / gridHz) * transform.length
  const k = Math.floor(position)
  if (k + 1 >= spectrum.length) return 0
  return spectrum[k]! + (position - k) * (spectrum[k + 1]! - spectrum[k]!)
}

/** Between 30 and 220 a minute where it is a spectrum. */
function peakToOne(values: Float64Array): void {
  let peak = 1e-12
  for (let i = 0; i < values.length; i++) if (values[i]! > peak) peak = values[i]!
  for (let i = 0; i < values.length; i++) values[i]! /= peak
}

export interface PpgHeartRateSnapshot {
  version: 1
  channels: [PpgHeartRateChannel, GridSnapshot][]
  belief: string
  usual: string
  looks: number
  next: number | null
}

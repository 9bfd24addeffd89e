import { bytesToFloat32, float32ToBytes } from '../../models/inputs/typedArrays.ts'

export const axes = ['accX', 'accY', 'accZ'] as const
export type Axis = (typeof axes)[number]

/** One second of acceleration, all that came of it. */
export interface MotionSecond {
  /** Whole seconds of stream time. */
  second: number
  rateHz: number
  /** By axis: samples in g from the second's start, NaN where one is missing; an axis without any is empty. */
  samples: readonly [Float32Array, Float32Array, Float32Array]
  /**
   * Root of the variances within the second, summed over the axes, g: the activity index of Bai et al. (PLoS One 11:e0160644,
   * 2016) without its scaling. Posture does not change it. NaN without samples.
   */
  movement: number
  /** Mean of each axis, g: where down is, as long as movement is small. NaN without samples. */
  mean: readonly [number, number, number]
}

export const minRateHz = 10
export const maxRateHz = 512
/** A second that lacks an axis is closed when a block begins so much later, s. */
const latenessSeconds = 2
/** More open seconds than this are closed as they are. */
const mostOpen = 64
/** A second counts with at least this share of its samples. */
const leastShare = 0.5

interface OpenSecond {
  second: number
  rateHz: number
  samples: [Float32Array | null, Float32Array | null, Float32Array | null]
}

/**
 * From blocks of single axes to whole seconds of stream time with all axes side by side. A second is told once, in order, as
 * soon as each axis has passed it, or two seconds late; what comes later is dropped. How samples were cut into blocks does not
 * matter.
 */
export class MotionSeconds {
  private open: OpenSecond[] = []
  /** Stream time up to which each axis has come, µs. */
  private reached: [number, number, number] = [-1, -1, -1]
  private told = -1

  /**
   * @param tick stream time of the first value, integer µs
   * @param rateHz 10 to 512; blocks of another rate are left out
   * @param values g
   */
  push(axis: Axis, tick: number, rateHz: number, values: Float32Array): MotionSecond[] {
    if (!(rateHz >= minRateHz && rateHz <= maxRateHz) || values.length === 0) return []
    const a = axes.indexOf(axis)
    const closed: MotionSecond[] = []
    while (this.open[0] !== undefined && tick >= (this.open[0].second + 1 + latenessSeconds) * 1e6) this.close(closed)
    this.put(a, tick, rateHz, values, closed)
    // Half a sample of slack: ticks are rounded.
    this.reached[a] = Math.max(this.reached[a]!, tick + ((values.length + 0.5) * 1e6) / rateHz)
    const upTo = Math.min(...this.reached)
    while (this.open[0] !== undefined && upTo >= (this.open[0].second + 1) * 1e6) this.close(closed)
    return closed
  }

  snapshot(): MotionSecondsSnapshot {
    const { reached, told } = this
    const open = this.open.map(({ second, rateHz, samples }) => ({
      second,
      rateHz,
      samples: samples.map((values) => values && float32ToBytes(values).toString('base64')),
    }))
    return { open, reached: [...reached], told }
  }

  static restore({ open, reached, told }: MotionSecondsSnapshot): MotionSeconds {
    const seconds = new MotionSeconds()
    const read = (text: string | null | undefined): Float32Array | null =>
      typeof text === 'string' ? bytesToFloat32(Buffer.from(text, 'base64')) : null
    seconds.open = open.map(({ second, rateHz, samples: [x, y, z] }) => ({
      second,
      rateHz,
      samples: [read(x), read(y), read(z)],
    }))
    seconds.reached = [reached[0] ?? -1, reached[1] ?? -1, reached[2] ?? -1]
    seconds.told = told
    return seconds
  }

  private put(a: number, tick: number, rateHz: number, values: Float32Array, closed: MotionSecond[]): void {
    for (let i = 0; i < values.length;) {
      const at = tick + (i * 1e6) / rateHz
      const second = Math.floor(at / 1e6)
      const end = (second + 1) * 1e6
      const into = this.samplesAt(a, second, rateHz, closed)
      do {
        const place = Math.round(((tick + (i * 1e6) / rateHz - second * 1e6) * rateHz) / 1e6)
        if (into !== undefined) into[place] = values[i]!
        i++
      } while (i < values.length && tick + (i * 1e6) / rateHz < end)
    }
  }

  private samplesAt(a: number, second: number, rateHz: number, closed: MotionSecond[]): Float32Array | undefined {
    if (second <= this.told) return undefined
    let at = this.open.findIndex((open) => open.second >= second)
    if (at < 0) at = this.open.length
    if (this.open[at]?.second !== second) {
      this.open.splice(at, 0, { second, rateHz, samples: [null, null, null] })
      if (this.open.length > mostOpen) {
        this.close(closed)
        at--
      }
    }
    const open = this.open[at]
    if (open === undefined || open.rateHz !== rateHz) return undefined
    return (open.samples[a] ??= new Float32Array(Math.ceil(rateHz) + 1).fill(NaN))
  }

  private close(closed: MotionSecond[]): void {
    const open = this.open.shift()
    if (open === undefined) return
    this.told = open.second
    closed.push(measured(open))
  }
}

function measured({ second, rateHz, samples }: OpenSecond): MotionSecond {
  const mean: [number, number, number] = [NaN, NaN, NaN]
  let variance = 0
  let known = 0
  for (const [a, values] of samples.entries()) {
    if (values === null) continue
    let [count, sum, squares] = [0, 0, 0]
    for (const value of values) {
      if (!Number.isFinite(value)) continue
      count++
      sum += value
      squares += value * value
    }
    if (count < 2 || count < leastShare * Math.floor(rateHz)) continue
    known++
    mean[a] = sum / count
    variance += Math.max(0, squares / count - (sum / count) ** 2)
  }
  const [x, y, z] = samples.map((values) => values ?? new Float32Array(0))
  return { second, rateHz, samples: [x!, y!, z!], movement: known === 0 ? NaN : Math.sqrt(variance), mean }
}

export interface MotionSecondsSnapshot {
  open: { second: number; rateHz: number; samples: (string | null)[] }[]
  reached: number[]
  told: number
}

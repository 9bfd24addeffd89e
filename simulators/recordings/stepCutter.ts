import type { Channel, ChannelBlock } from './recording.ts'

/** First sample of a channel at or after a moment of recorded time, s, to the nearest; 0 to `samples`. */
export function sampleAt({ rateHz, samples, startSeconds = 0 }: Channel, seconds: number): number {
  const at = Math.round((seconds - startSeconds) * rateHz)
  return at > 0 ? Math.min(samples, at) : 0
}

/**
 * Cuts what a file gives in portions of its own into steps of recorded time, one block a channel; what is never pushed is
 * NaN. Holds a step and what has been pushed beyond it.
 */
export class StepCutter {
  readonly #channels: readonly Channel[]
  readonly #stepSeconds: number
  readonly #pieces: { start: number; values: Float32Array }[][]
  /** Up to where it is known what a channel holds, exclusive. */
  readonly #known: number[]
  readonly #cut: number[]
  #step = 0

  /** @param seconds length of a step, > 0 */
  constructor(channels: readonly Channel[], seconds: number) {
    this.#channels = channels
    this.#stepSeconds = seconds
    this.#pieces = channels.map(() => [])
    this.#known = channels.map(() => 0)
    this.#cut = channels.map(() => 0)
  }

  /** Samples of a channel; each call begins where the one before ended, or later. The array is kept. */
  push(channel: number, start: number, values: Float32Array): void {
    this.#pieces[channel]?.push({ start, values })
    this.#know(channel, start + values.length)
  }

  /** Says that nothing from before this moment, s of recorded time, will be pushed any more. */
  passed(seconds: number): void {
    for (const [i, { rateHz, startSeconds = 0 }] of this.#channels.entries())
      this.#know(i, Math.floor((seconds - startSeconds) * rateHz))
  }

  /** The steps that are complete. */
  *steps(): Generator<ChannelBlock[], void, undefined> {
    while (this.#left() && this.#channels.every((channel, i) => this.#end(channel) <= (this.#known[i] ?? 0)))
      yield this.#take()
  }

  /** All other steps: nothing more will be pushed. */
  *rest(): Generator<ChannelBlock[], void, undefined> {
    while (this.#left()) yield this.#take()
  }

  #know(channel: number, end: number): void {
    this.#known[channel] = Math.max(this.#known[channel] ?? 0, end)
  }

  #left(): boolean {
    return this.#channels.some(({ samples }, i) => (this.#cut[i] ?? 0) < samples && !this.#channels[i]?.irregular)
  }

  #end(channel: Channel): number {
    return channel.irregular ? 0 : sampleAt(channel, (this.#step + 1) * this.#stepSeconds)
  }

  #take(): ChannelBlock[] {
    const blocks = this.#channels.map((channel, i) => {
      const startSample = this.#cut[i] ?? 0
      const end = Math.max(startSample, this.#end(channel))
      this.#cut[i] = end
      return { channel: i, startSample, values: this.#assemble(i, startSample, end) }
    })
    this.#step++
    return blocks
  }

  #assemble(channel: number, from: number, to: number): Float32Array {
    const values = new Float32Array(to - from).fill(NaN)
    const pieces = this.#pieces[channel] ?? []
    let used = 0
    for (const { start, values: piece } of pieces) {
      if (start >= to) break
      const first = Math.max(from, start)
      const last = Math.min(to, start + piece.length)
      if (last > first) values.set(piece.subarray(first - start, last - start), first - from)
      if (start + piece.length <= to) used++
    }
    pieces.splice(0, used)
    return values
  }
}

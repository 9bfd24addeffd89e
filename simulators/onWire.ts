import { SingleBar } from 'cli-progress'
import type { SendOptions, Sent } from './sendRecords.ts'
import { openWire, shownWire } from './wire/openWire.ts'
import type { WireOptions } from './wire/openWire.ts'
import type { Speed } from './wire/pace.ts'
import type { Wire } from './wire/wire.ts'

export interface OnWire {
  to: string
  wireOptions: WireOptions
  speed: Speed
  /** Lines for people before it starts. */
  opening: string[]
  /** Absent: endless, so no progress bar. */
  totalSeconds?: number | undefined
  /** Summary as JSON on standard output; lines for people then go to standard error. */
  json: boolean
  /** What the summary says besides the counts. */
  summary: Record<string, unknown>
  write: (line: string) => void
  send: (wire: Wire, options: SendOptions) => Promise<Sent>
}

/**
 * A command that sends: opens the wire, sends with a progress bar (on a terminal), closes the wire when everything is
 * confirmed, sums up. Ctrl-C or SIGTERM closes it at once.
 */
export async function onWire(options: OnWire): Promise<void> {
  const { to, wireOptions, speed, totalSeconds, json, write } = options
  const tell = json ? (line: string) => process.stderr.write(line) : write
  const interruption = new AbortController()
  const interrupt = () => interruption.abort()
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  // Started by another process: ends when that one goes.
  if (process.connected) process.once('disconnect', interrupt)
  const began = performance.now()
  let sent: Sent
  try {
    const wire = await openWire(to, { ...wireOptions, signal: interruption.signal })
    for (const line of options.opening) tell(`${line}\n`)
    const bar = progressBar(totalSeconds)
    try {
      const onProgress = bar ? { onProgress: (seconds: number) => bar.update(Math.floor(seconds)) } : {}
      sent = await options.send(wire, { speed, signal: interruption.signal, ...onProgress })
      await wire.close(sent.ended === 'complete' ? 'confirmed' : 'now')
    } catch (error) {
      await wire.close('now').catch(() => undefined)
      throw error
    } finally {
      bar?.stop()
    }
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt).off('disconnect', interrupt)
  }
  const wallSeconds = (performance.now() - began) / 1000
  if (json) return write(`${JSON.stringify({ ...sent, wallSeconds, to: shownWire(to), ...options.summary })}\n`)
  const rate = (sent.seconds / wallSeconds).toFixed(1)
  write(`Sent ${sent.records} records, ${sent.samples} samples, ${sent.bytes} bytes: ${sent.seconds.toFixed(1)} s `)
  write(
    `in ${wallSeconds.toFixed(1)} s (${rate} times as fast as life)${sent.ended === 'complete' ? '' : ', interrupted'}.\n`,
  )
}

function progressBar(totalSeconds: number | undefined): SingleBar | undefined {
  if (totalSeconds === undefined || !process.stderr.isTTY) return undefined
  const format = '{bar} {percentage} % | {value} of {total} s | {eta_formatted} left'
  const bar = new SingleBar({ format, stream: process.stderr, clearOnComplete: true, hideCursor: true })
  bar.start(Math.ceil(totalSeconds), 0)
  return bar
}

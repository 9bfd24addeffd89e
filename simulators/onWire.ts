import { SingleBar } from 'cli-progress'
import type { SendOptions, Sent } from './sendMessages.ts'
import type { EncodingName } from './wire/encoding.ts'
import { openWire, shownWire } from './wire/openWire.ts'
import type { WireOptions } from './wire/openWire.ts'
import type { Speed } from './wire/pace.ts'
import type { Wire } from './wire/wire.ts'

export interface OnWire {
  to: string
  wireOptions: WireOptions
  speed: Speed
  as: EncodingName
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
  const { to, wireOptions, speed, as, totalSeconds, json, write } = options
  const tell = json ? (line: string) => process.stderr.write(line) : write
  const interruption = new AbortController()
  const interrupt = () => interruption.abort()
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  // Started by another process: ends when that one goes.
  if (process.connected) process.once('disconnect', interrupt)
  const began = performance.now()
  const cpuAtStart = process.cpuUsage()
  const rssAtStart = process.memoryUsage.rss()
  let sent: Sent
  try {
    const wire = await openWire(to, { ...wireOptions, signal: interruption.signal })
    for (const line of options.opening) tell(`${line}\n`)
    if (wire.farEnd !== undefined) tell(`The gateway's end of the line: ${wire.farEnd}\n`)
    const bar = progressBar(totalSeconds)
    try {
      const onProgress = bar
        ? (seconds: number, lagSeconds: number) => bar.update(Math.floor(seconds), { lag: lagSeconds.toFixed(1) })
        : undefined
      sent = await options.send(wire, { speed, as, signal: interruption.signal, ...(onProgress && { onProgress }) })
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
  const realTimeFactor = sent.seconds / wallSeconds
  if (json) {
    const { user, system } = process.cpuUsage(cpuAtStart)
    const resources = { cpuSeconds: (user + system) / 1e6, rssAtStart, rssAtEnd: process.memoryUsage.rss() }
    const summary = { ...sent, wallSeconds, realTimeFactor, ...resources, to: shownWire(to), ...options.summary }
    return write(`${JSON.stringify(summary)}\n`)
  }
  for (const line of report(sent, wallSeconds)) write(`${line}\n`)
}

function report({ records, messages, samples, bytes, seconds, worstLagSeconds, ended }: Sent, wallSeconds: number) {
  const rate = (count: number) => `${Math.round(count / wallSeconds)}/s`
  return [
    `Sent ${seconds.toFixed(1)} s in ${wallSeconds.toFixed(1)} s (${(seconds / wallSeconds).toFixed(1)} times as fast as life), ` +
      `at worst ${worstLagSeconds.toFixed(2)} s late${ended === 'complete' ? '' : '; interrupted'}.`,
    `${records} records (${rate(records)}) in ${messages} messages, ${samples} samples (${rate(samples)}), ` +
      `${bytes} bytes (${rate(bytes)}).`,
  ]
}

function progressBar(totalSeconds: number | undefined): SingleBar | undefined {
  if (totalSeconds === undefined || !process.stderr.isTTY) return undefined
  const format = '{bar} {percentage} % | {value} of {total} s | {eta_formatted} left | {lag} s late'
  const bar = new SingleBar({ format, stream: process.stderr, clearOnComplete: true, hideCursor: true })
  bar.start(Math.ceil(totalSeconds), 0, { lag: '0.0' })
  return bar
}

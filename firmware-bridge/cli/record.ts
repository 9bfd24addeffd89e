import { SingleBar } from 'cli-progress'
import type { Command } from 'commander'
import { CaptureWriter } from '../capture.ts'
import { count, noCounts } from '../port/portItem.ts'
import { failed } from './failed.ts'
import { listen } from './listen.ts'
import { addPortFlags, portOptionsOf, type PortFlags } from './portFlags.ts'

interface RecordFlags extends PortFlags {
  port: string
  to: string
  json?: true
}

const example = `
Examples:
  $ vital-edge record --port /dev/ttyUSB0 --baud 9600 --to oximeter.jsonl --seconds 60
  $ vital-edge decode oximeter.jsonl

Ctrl-C ends it; what was captured is in the file.`

export function registerRecord(program: Command, write: (line: string) => void): void {
  addPortFlags(program.command('record').description('capture what comes over a serial port, with its times'))
    .requiredOption('--to <file>', 'new file, JSON lines')
    .option('--json', 'sum up as one JSON object')
    .addHelpText('after', example)
    .action(async (flags: RecordFlags, command: Command) => {
      if (flags.port === undefined)
        command.error("error: required option '--port <path>' not specified", { exitCode: 2 })
      try {
        write(summary(await record(flags), flags))
      } catch (error) {
        failed('record', error)
      }
    })
}

async function record(flags: RecordFlags) {
  const counts = { ...noCounts(), chunks: 0 }
  let capture: CaptureWriter | undefined
  const began = performance.now()
  const seconds = () => (performance.now() - began) / 1000
  const progress = showProgress(flags.seconds, () => ({ seconds: Math.floor(seconds()), bytes: counts.bytes }))
  try {
    const ended = await listen(portOptionsOf(flags.port, flags), flags.seconds, (item) => {
      // Not before the port is open: a mistyped name leaves no file behind.
      const first = capture === undefined
      capture ??= new CaptureWriter(flags.to, { port: flags.port, baudRate: flags.baud })
      count(counts, item)
      if (item.kind === 'chunk') {
        counts.chunks += 1
        capture.chunk(item.receivedAt, item.bytes)
      } else if (!first) capture.broken(Date.now() * 1000, item.detail ?? 'open again')
    })
    return { file: flags.to, ...counts, seconds: seconds(), ended }
  } finally {
    progress()
    capture?.close()
  }
}

function summary(done: Awaited<ReturnType<typeof record>>, { json }: RecordFlags): string {
  if (json) return `${JSON.stringify(done)}\n`
  const { bytes, chunks, seconds, file, reopened, droppedBytes } = done
  const losses = reopened + droppedBytes > 0 ? `; opened again ${reopened} times, ${droppedBytes} bytes dropped` : ''
  return `Captured ${bytes} bytes in ${chunks} chunks and ${seconds.toFixed(1)} s to ${file}${losses}.\n`
}

/** A line on a terminal that says how far it is; gives the function that ends it. */
function showProgress(total: number | undefined, now: () => { seconds: number; bytes: number }): () => void {
  if (!process.stderr.isTTY) return () => undefined
  const format =
    total === undefined
      ? '{value} s | {bytes} bytes | Ctrl-C ends it'
      : '{bar} {percentage} % | {value} of {total} s | {bytes} bytes'
  const bar = new SingleBar({ format, stream: process.stderr, clearOnComplete: true, hideCursor: true })
  bar.start(Math.ceil(total ?? 0), 0, { bytes: 0 })
  const timer = setInterval(() => bar.update(now().seconds, { bytes: now().bytes }), 250)
  return () => {
    clearInterval(timer)
    bar.stop()
  }
}

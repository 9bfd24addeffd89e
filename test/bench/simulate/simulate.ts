import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startMosquitto } from '../../real/mosquitto.ts'
import { pathOf } from '../../real/programs.ts'
import type { Row, Suite } from '../suite.ts'

/** What `simulate --json` says at the end. */
interface Summary {
  messages: number
  samples: number
  bytes: number
  worstLagSeconds: number
  wallSeconds: number
  cpuSeconds: number
  rssAtStart: number
  rssAtEnd: number
  ended: string
}

const program = fileURLToPath(new URL('./simulateProcess.js', import.meta.url))

/** Runs `simulate` in a process of its own, on one core where `taskset` is there; rejects where it does not come to its end. */
async function simulate(...args: string[]): Promise<Summary> {
  const node = [process.execPath, program, 'simulate', ...args, '--json']
  const [command = '', ...rest] = pathOf('taskset') === undefined ? node : ['taskset', '-c', '0', ...node]
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  let complained = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (complained += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`simulate ${args.join(' ')}: exit code ${code}: ${complained}`)
  const summary = JSON.parse(said) as Summary
  if (summary.ended !== 'complete') throw new Error(`simulate ${args.join(' ')}: expected complete, received ${said}`)
  return summary
}

/** A fleet for a short and for a longer while: the difference is without start-up, the longer one is what a run sees. */
async function fleet(name: string, [wearers, short, long]: Size, ...args: string[]): Promise<Fleet> {
  const run = (seconds: number) => simulate('fleet', '--wearers', String(wearers), '--for', String(seconds), ...args)
  const [begin, whole] = [await run(short), await run(long)]
  // A second of every wearer is a message.
  if (whole.messages < wearers * long)
    throw new Error(`${name}: expected a message a second, received ${whole.messages}`)
  const microsASecond = ((whole.cpuSeconds - begin.cpuSeconds) * 1e6) / (wearers * (long - short))
  const { samples, worstLagSeconds, wallSeconds, cpuSeconds, rssAtStart, rssAtEnd } = whole
  const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20)
  const memory = { rssAtStartMB: megabytes(rssAtStart), rssAtEndMB: megabytes(rssAtEnd) }
  const rows = [
    { name: `${name}: CPU without start-up`, value: microsASecond, unit: 'µs/wearer-second' },
    { name: `${name}: CPU with start-up`, value: cpuSeconds / wallSeconds, unit: 'CPU s/s', seconds: long, ...memory },
    { name: `${name}: samples`, value: samples / wallSeconds, unit: '/s' },
    { name: `${name}: worst lag`, value: worstLagSeconds, unit: 's' },
  ]
  return { rows, microsASecond }
}

/** Wearers, and the seconds of the short and the longer run. */
type Size = readonly [wearers: number, short: number, long: number]

interface Fleet {
  rows: Row[]
  microsASecond: number
}

/**
 * Fleets over MQTT to Mosquitto in real time, the simulator alone on its core: CPU, lag behind the schedule and memory of
 * its process. Synthetic wearers, then a file made beforehand with QoS 1 and with QoS 0.
 */
export const simulateSuite: Suite = {
  about: 'fleets of 1,000 wearers in real time: CPU, lag and memory of the simulator',
  async run({ quick }) {
    // Quick: whether it works, not how fast it is.
    const size: Size = quick ? [20, 1, 2] : [1000, 10, 30]
    const pace = quick ? ['--speed', '10'] : []
    const folder = mkdtempSync(join(tmpdir(), 'vital-edge-bench-'))
    const broker = await startMosquitto()
    try {
      const prepared = join(folder, 'prepared')
      await simulate('fleet', '--wearers', '1', '--for', '60', '--to', `file:${prepared}`, '--speed', 'max')
      const to = ['--to', broker.url, ...pace]
      const synthetic = await fleet(`${size[0]} synthetic`, size, ...to)
      const fromFile = await fleet(`${size[0]} from a file`, size, ...to, '--from', prepared)
      const qos0 = await fleet(`${size[0]} from a file, QoS 0`, size, ...to, '--from', prepared, '--qos', '0')
      return {
        rows: [...synthetic.rows, ...fromFile.rows, ...qos0.rows],
        ratios: { preparedToSynthetic: synthetic.microsASecond / fromFile.microsASecond },
      }
    } finally {
      await broker.stop()
      rmSync(folder, { recursive: true, force: true })
    }
  },
}

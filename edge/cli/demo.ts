import { fork, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InvalidArgumentError, type Command } from 'commander'
import mqtt from 'mqtt'
import { stringify } from 'yaml'
import { builtInScenario, readScenario, type Scenario } from '../../simulators/scenario.ts'
import { alarmSchema, schemaVersion, topics, type Alarm } from '../messages.ts'
import { untilStopped } from './untilStopped.ts'

interface DemoFlags {
  port: number
  data?: string
  for?: number
  speed: number
}

/** Children that have not ended by themselves after so long are killed, ms. */
const graceMillis = 2500
const gatewayName = 'demo'
/** Whoever has started the demo sees its alarms in the terminal. */
const atTerminal = { schemaVersion, responder: 'terminal', people: 1 }
const sayEveryMillis = 10_000

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('broker, four simulated wearers, gateway, store and dashboard: nothing to install or configure')
    .option('--port <n>', 'of the dashboard', numberArgument(0, 65535), 8080)
    .option('--data <dir>', 'keep the data there (default: thrown away at the end)')
    .option('--for <seconds>', 'end after so long', numberArgument(1, 1e9))
    .option('--speed <n>', 'simulated seconds in a second', numberArgument(0.1, 100), 1)
    .addHelpText('after', '\nExample:\n  $ npm start -- --port 8081 --for 60')
    .action(demo)
}

async function demo(flags: DemoFlags): Promise<void> {
  const data = flags.data ?? mkdtempSync(join(tmpdir(), 'vital-edge-demo-'))
  mkdirSync(data, { recursive: true })
  const scenario = await readScenario(builtInScenario('demo'))
  const brokerPort = await freePort(0)
  const port = await freePort(flags.port)
  const config = join(data, 'gateway.yaml')
  writeFileSync(config, stringify(gatewayConfig(data, scenario, brokerPort, port)))

  const broker = `mqtt://127.0.0.1:${brokerPort}`
  const children: ChildProcess[] = []
  const ending = new AbortController()
  const failed = new Promise<never>((_, reject) => {
    const watch = (name: string, child: ChildProcess): void => {
      children.push(child)
      child.once('exit', (code) => reject(new Error(`demo: ${name} ended (exit code ${code ?? 'none'})`)))
    }
    watch('gateway', start(['gateway', '--config', config]))
    void answers(`http://127.0.0.1:${port}/healthz`, ending.signal).then(() => {
      if (ending.signal.aborted) return
      say(`Dashboard: http://127.0.0.1:${port}   (simulated wearers${hurry(flags.speed)}; Ctrl-C ends it)`)
      watch('simulator', start(['simulate', 'demo', '--to', broker, '--speed', String(flags.speed)]))
    })
  })
  failed.catch(() => undefined)
  const alarms = listen(broker)
  try {
    await Promise.race([untilStopped(flags.for), failed])
  } finally {
    ending.abort()
    await alarms.endAsync(true)
    await Promise.all(children.map(end))
    if (flags.data === undefined) rmSync(data, { recursive: true, force: true })
  }
}

/** The configuration of the demo's gateway: the same file that a real one would have. */
function gatewayConfig(data: string, { wearers }: Scenario, brokerPort: number, port: number): object {
  return {
    schemaVersion: 1,
    gateway: gatewayName,
    dataDirectory: data,
    mqtt: { url: `mqtt://127.0.0.1:${brokerPort}` },
    broker: { host: '127.0.0.1', port: brokerPort },
    sources: { mqtt: [{ name: 'simulated', topics: [{ pattern: 'wearables/+/frame', decoder: 'frame' }] }] },
    assignments: wearers.map(({ wearer, device }) => ({ wearer, device })),
    store: { kind: 'embedded', file: join(data, 'store.db') },
    http: { port },
  }
}

/** A process of this program; it ends by itself when this one goes, whatever way it goes. */
function start(args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL('../../cli.js', import.meta.url)), args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, VITAL_EDGE_LOG: 'warn' },
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMillis)
  await gone
  clearTimeout(timer)
}

/** Prints a line for each alarm as it is raised. */
function listen(broker: string): mqtt.MqttClient {
  const client = mqtt.connect(broker, { reconnectPeriod: 200 })
  const told = new Set<string>()
  const startedAt = new Date().toISOString()
  client.on('error', () => undefined)
  const topic = topics('vital-edge', gatewayName)
  const announce = (): unknown => client.publish(topic.responder(atTerminal.responder), JSON.stringify(atTerminal))
  const saying = setInterval(announce, sayEveryMillis)
  client.on('end', () => clearInterval(saying))
  client.on('connect', () => {
    client.subscribe(topic.alarm('+'), { qos: 1 })
    announce()
  })
  client.on('message', (_, payload) => {
    if (payload.length === 0) return
    // What still stands from an earlier run in the same folder is on the dashboard, and no news.
    const { data: alarm } = alarmSchema.safeParse(JSON.parse(payload.toString()))
    if (alarm === undefined || told.has(alarm.id) || alarm.at < startedAt) return
    told.add(alarm.id)
    say(alarmLine(alarm))
  })
  return client
}

function alarmLine({ at, wearer, type, priority, text }: Alarm): string {
  return `${at.slice(11, 19)} UTC  ${wearer ?? 'gateway'}  ${priority.padEnd(6)}  ${type.padEnd(13)}  ${text}`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function hurry(speed: number): string {
  return speed === 1 ? '' : `, whose clocks run ${speed} times as fast as yours`
}

/** Resolves when the address answers, or nobody waits for it any more. */
async function answers(url: string, ending: AbortSignal): Promise<void> {
  while (!ending.aborted) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok === true) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** `wanted`, or for 0 any free port. Throws an error that says how to choose another. */
function freePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', () =>
      reject(new Error(`--port: expected a free port, ${wanted} is in use (try: npm start -- --port ${wanted + 1})`)),
    )
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : wanted
      server.close(() => resolve(port))
    })
  })
}

function numberArgument(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !(value >= least && value <= most))
      throw new InvalidArgumentError(`expected a number from ${least} to ${most}, received "${text}"`)
    return value
  }
}

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { Alarm } from '../../edge/messages.ts'
import { eventually, freePort, projectFolder } from './programs.ts'

const cli = join(projectFolder, 'dist', 'cli.js')

export interface Ran {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs `vital-edge` to its end. */
export async function vitalEdge(...args: string[]): Promise<Ran> {
  const child = spawn(process.execPath, [cli, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ran: Ran = { code: null, stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (ran.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (ran.stderr += chunk.toString()))
  ;[ran.code] = (await once(child, 'close')) as [number | null]
  return ran
}

/** Runs `vital-edge`, expects exit code 0 and one JSON object a line. */
export async function vitalEdgeLines<T>(...args: string[]): Promise<T[]> {
  const { code, stdout, stderr } = await vitalEdge(...args)
  if (code !== 0) throw new Error(`vital-edge ${args.join(' ')}: exit code ${code}: ${stderr}`)
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T)
}

export interface Health {
  status: string
  counts: { samples: number; beats: number; verdicts: number }
  sources: Record<string, { connected: boolean }>
  sinks: Record<string, { sent: number; failingSince?: string }>
  outbox: { waiting: Record<string, number>; dropped: number }
  refused: Record<string, { count: number }>
  /** What the disk said when it last took nothing. */
  disk?: { at: string; detail: string }
  devices: { known: number; unassigned: number; unassignedItems: number; lostFrames: number; duplicates: number }
}

/** A running process of the program with a configuration and data folder of its own, which can be killed and started again. */
export class RunningProcess {
  readonly url: string
  readonly config: string
  readonly folder: string
  readonly #command: string
  readonly #env: Record<string, string>
  #child: ChildProcess | undefined
  #said = ''

  private constructor(command: string, folder: string, port: number, env: Record<string, string>) {
    this.#command = command
    this.#env = env
    this.folder = folder
    this.config = join(folder, `${command}.yaml`)
    this.url = `http://127.0.0.1:${port}`
  }

  /** Writes the configuration (with `dataDirectory`, if asked for, and `http` filled in) and starts the process. */
  static async start(
    command: 'gateway' | 'cloud',
    config: (folder: string) => object,
    env: Record<string, string> = {},
  ): Promise<RunningProcess> {
    const folder = mkdtempSync(join(tmpdir(), `vital-edge-${command}-`))
    const port = await freePort()
    const running = new RunningProcess(command, folder, port, env)
    writeFileSync(running.config, stringify({ schemaVersion: 1, ...config(folder), http: { port } }))
    await running.start()
    return running
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [cli, this.#command, '--config', this.config], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...this.#env },
    })
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (this.#said = (this.#said + chunk.toString()).slice(-4000)))
    this.#child = child
    await eventually(`${this.#command} answers or ends`, async () => {
      if (child.exitCode !== null || child.signalCode !== null) return true
      return (await fetch(`${this.url}/healthz`)).ok ? true : undefined
    })
    const { exitCode, signalCode } = child
    if (exitCode !== null || signalCode !== null)
      throw new Error(`${this.#command} ended (${exitCode ?? signalCode}): ${this.#said}`)
  }

  /** `SIGKILL` at once; otherwise asks it to stop and waits. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null
    const gone = once(child, 'exit') as Promise<[number | null]>
    child.kill(signal)
    return (await gone)[0]
  }

  async remove(): Promise<void> {
    await this.end('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }

  async get<T>(path: string): Promise<T> {
    const response = await fetch(`${this.url}${path}`)
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as T
  }

  /** What it has had written to disks since it was started (Linux), bytes. */
  writtenBytes(): number {
    const io = readFileSync(`/proc/${this.#child?.pid}/io`, 'utf8')
    return Number(/^write_bytes: (\d+)$/m.exec(io)?.[1])
  }

  health(): Promise<Health> {
    return this.get<Health>('/healthz')
  }

  async alarms(): Promise<Alarm[]> {
    const all: Alarm[] = []
    for (let next: string | undefined = ''; next !== undefined;) {
      const page: { alarms: Alarm[]; next?: string } = await this.get(
        `/api/alarms?limit=1000${next === '' ? '' : `&before=${next}`}`,
      )
      all.push(...page.alarms)
      next = page.next
    }
    return all
  }
}

/** An alarm without everything that depends on when and how it was received, for comparing runs. */
export function canonical(
  alarm: Pick<
    Alarm,
    'id' | 'wearer' | 'devices' | 'type' | 'code' | 'params' | 'priority' | 'streamTime' | 'endedTick' | 'text'
  >,
) {
  const { id, wearer, devices, type, code, params, priority, streamTime, endedTick, text } = alarm
  return { id, wearer, devices, type, code, params, priority, streamTime, endedTick, text }
}

/** Canonical alarms in one order, the last revision of each. */
export function canonicalAlarms(alarms: readonly Parameters<typeof canonical>[0][]) {
  const last = new Map(alarms.map((alarm) => [alarm.id, canonical(alarm)]))
  return [...last.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

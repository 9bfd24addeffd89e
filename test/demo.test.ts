import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Alarm, WearerStatus } from '../edge/messages.ts'
import { eventually, freePort, projectFolder } from './real/programs.ts'

/** Process ids of what a process has started. */
function descendantsOf(parent: number): number[] {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim()
  return children === '' ? [] : children.split(' ').map(Number)
}

describe('npm start', () => {
  it('shows four simulated wearers, raises a physiological and a technical alarm, and ends every process on Ctrl-C', async () => {
    const port = await freePort()
    const data = mkdtempSync(join(tmpdir(), 'vital-edge-demo-test-'))
    const args = [join(projectFolder, 'dist/cli.js'), 'demo', '--port', String(port), '--data', data]
    const demo = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    for (const stream of [demo.stdout, demo.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const url = `http://127.0.0.1:${port}`
    const get = async <T>(path: string): Promise<T> => (await (await fetch(url + path)).json()) as T

    const { wearers } = await eventually(
      'four wearers with vital signs',
      async () => {
        const answer = await get<{ wearers: WearerStatus[] }>('/api/wearers')
        return answer.wearers.filter(({ vitals }) => vitals.heartRate !== undefined).length === 4 ? answer : undefined
      },
      60,
    )
    expect(wearers.map(({ id }) => id).sort()).toEqual(['w-01', 'w-02', 'w-03', 'w-04'])
    const alarms = await eventually(
      'the first alarms',
      async () => {
        const { alarms } = await get<{ alarms: Alarm[] }>('/api/alarms')
        const kinds = new Set(alarms.map(({ type }) => type))
        return kinds.size === 2 ? alarms : undefined
      },
      60,
    )
    const silent = alarms.filter(({ code }) => code === 'device-silent')
    expect(silent.filter(({ devices }) => !devices.includes('sim-04'))).toEqual([])
    const unwatched = await eventually(
      'the wall says that w-04 is not watched',
      async () => {
        const answer = await get<{ wearers: WearerStatus[] }>('/api/wearers')
        return answer.wearers.find(
          ({ id, notWatchingBecause }) => id === 'w-04' && notWatchingBecause?.includes('silent'),
        )
      },
      60,
    )
    expect(unwatched).not.toHaveProperty('watchingSince')
    const page = await (await fetch(url)).text()
    for (const { id } of wearers) expect(page).toContain(id)
    expect(said).toContain(`Dashboard: ${url}`)
    await eventually('a line for each alarm', () => alarms.every(({ text }) => said.includes(text)) || undefined)

    demo.kill('SIGINT')
    const [code] = (await once(demo, 'exit')) as [number | null]
    expect(code).toBe(0)
    await expect(fetch(url)).rejects.toThrow()
  }, 150_000)

  it('leaves no process behind, however its own ends', async () => {
    for (const [signal, when] of [
      ['SIGKILL', 'starting'],
      ['SIGKILL', 'running'],
      ['SIGTERM', 'running'],
    ] as const) {
      const data = mkdtempSync(join(tmpdir(), 'vital-edge-demo-test-'))
      const args = [join(projectFolder, 'dist/cli.js'), 'demo', '--port', String(await freePort()), '--data', data]
      const demo = spawn(process.execPath, args, { stdio: 'ignore' })
      const children = () => descendantsOf(demo.pid as number)
      if (when === 'starting') await sleep(800)
      else await eventually('gateway and wearers run', () => children().length === 2 || undefined, 60)
      const started = children()
      const gone = once(demo, 'exit')
      demo.kill(signal)
      await gone
      await eventually(
        'every process has ended',
        () => started.every((pid) => !existsSync(`/proc/${pid}`)) || undefined,
        10,
      )
    }
  }, 180_000)

  it('says how to choose another port where it is in use', async () => {
    const port = await freePort()
    const { createServer } = await import('node:net')
    const server = createServer().listen(port, '127.0.0.1')
    await once(server, 'listening')
    const { vitalEdge } = await import('./real/vitalEdge.ts')
    const { code, stderr } = await vitalEdge('demo', '--port', String(port))
    server.close()
    expect(stderr).toContain(`--port: expected a free port, ${port} is in use`)
    expect(code).toBe(1)
  })

  it.each([
    [['demo', '--port', 'x'], '--port'],
    [['demo', '--nonsense'], '--nonsense'],
    [['no-such-command'], 'no-such-command'],
    [['gateway'], '--config'],
  ])('wrong use (%j) ends with 2 and names what was wrong', async (args, said) => {
    const { vitalEdge } = await import('./real/vitalEdge.ts')
    const ran = await vitalEdge(...args)
    expect(ran.stderr).toContain(said)
    expect(ran.code).toBe(2)
  })
})

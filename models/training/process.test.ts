import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { builtModule, runTraining, type TrainingJob, type TrainingProgress } from './process.ts'

/** The child runs built code: `npm test` builds first. */
const program = new URL(builtModule(new URL('./process.ts', import.meta.url).href))

const folder = mkdtempSync(join(tmpdir(), 'training-process-'))
const module = pathToFileURL(join(folder, 'tasks.mjs')).href
afterAll(() => rmSync(folder, { recursive: true }))

beforeAll(() => {
  if (!existsSync(program)) throw new Error(`${program.href}: expected the built program; run npm run build`)
  const tasks = `
    import { getPriority } from 'node:os'
    import { writeFileSync } from 'node:fs'
    export const sum = (numbers, report) => {
      numbers.forEach((_, i) => report({ kind: 'progress', done: i + 1, total: numbers.length }))
      return { sum: numbers.reduce((a, b) => a + b, 0), pid: process.pid, priority: getPriority() }
    }
    export const fail = () => { throw new Error('expected luck, received none') }
    export const leave = () => process.exit(7)
    export const busy = (file, report) => {
      writeFileSync(file, String(process.pid))
      for (;;) {
        report({ kind: 'progress', done: 0, total: 1 })
        for (const until = Date.now() + 20; Date.now() < until;);
      }
    }`
  writeFileSync(new URL(module), tasks)
})

const job = (run: string, options?: unknown): TrainingJob => ({ module, run, options })
const ignore = () => undefined

async function gone(pid: number): Promise<boolean> {
  for (let i = 0; i < 500; i++) {
    try {
      process.kill(pid, 0)
    } catch {
      return true
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return false
}

describe('runTraining', () => {
  test('runs a job elsewhere at a lower priority, tells its progress and brings the result', async () => {
    const seen: TrainingProgress[] = []
    const numbers = Float32Array.of(1, 2, 3.5)
    const result = await runTraining<{ sum: number; pid: number; priority: number }>(job('sum', numbers), (progress) =>
      seen.push(progress),
    )
    expect(result.sum).toBe(6.5)
    expect(result.pid).not.toBe(process.pid)
    expect(result.priority).toBeGreaterThan(0)
    expect(seen).toEqual([1, 2, 3].map((done) => ({ kind: 'progress', done, total: 3 })))
  })

  test('brings the message of a job that fails, and says how a process ended', async () => {
    await expect(runTraining(job('fail'), ignore)).rejects.toThrow('expected luck, received none')
    await expect(runTraining(job('leave'), ignore)).rejects.toThrow('it ended (exit code 7)')
    await expect(runTraining(job('missing'), ignore)).rejects.toThrow('expected an export missing')
  })

  test('progress of a loop that never waits arrives while it runs, and its caller can end it', async () => {
    const file = join(folder, 'aborted')
    const abort = new AbortController()
    const running = runTraining(job('busy', file), () => abort.abort(), abort.signal)
    await expect(running).rejects.toThrow('interrupted by its caller')
    expect(await gone(Number(readFileSync(file, 'utf8')))).toBe(true)
  })

  test.each(['SIGINT', 'SIGKILL'] as const)('%s to the one that started it ends both', async (signal) => {
    const file = join(folder, signal)
    const script = `
      import { runTraining } from ${JSON.stringify(program.href)}
      let told = false
      runTraining(${JSON.stringify(job('busy', file))}, () => { if (!told) console.log('runs'); told = true })
        .catch((error) => { console.log(error.message); process.exit(1) })`
    const starter = execFile(process.execPath, ['--input-type=module', '-e', script])
    let said = ''
    starter.stdout!.on('data', (text: string) => {
      if (said === '') starter.kill(signal)
      said += text
    })
    const how = await new Promise((resolve) => starter.once('close', (code, by) => resolve(by ?? code)))
    expect(how).toBe(signal === 'SIGINT' ? 1 : signal)
    if (signal === 'SIGINT') expect(said).toContain('interrupted by SIGINT')
    expect(await gone(Number(readFileSync(file, 'utf8')))).toBe(true)
  })
})

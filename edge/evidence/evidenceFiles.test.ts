import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { schemaVersion, type Alarm } from '../messages.ts'
import type { Evidence } from './evidence.ts'
import { decodeEvidence } from './evidenceFile.ts'
import { EvidenceFiles, type EvidenceFilesOptions } from './evidenceFiles.ts'

const alarm = (id: string, wearer = 'w-1'): Alarm => ({
  schemaVersion,
  id,
  gateway: 'gw',
  wearer,
  devices: ['d-1'],
  type: 'physiological',
  code: 'spo2-low',
  params: {},
  priority: 'high',
  state: 'active-unacknowledged',
  at: '2026-01-01T00:00:00.000Z',
  text: '',
  revision: 1,
})
/** Random bytes do not compress: a file takes about as many as `bytes`. */
const evidence = (of: Alarm, bytes = 3000, complete = true): Evidence => ({
  schemaVersion: 1,
  alarm: of,
  models: { ecg: { name: 'm', hash: 'h', threshold: 1 } },
  settings: { filling: randomBytes(bytes).toString('base64') },
  assignments: [],
  vitals: {},
  snapshot: { takenAt: of.at, rows: [] },
  inputs: [],
  verdicts: [],
  complete,
})

describe('the folder of evidence', () => {
  let directory: string
  const states = new Map<string, Alarm['state']>()
  const errors: unknown[] = []
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'evidence-'))
    states.clear()
    errors.length = 0
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  const files = (options: Partial<EvidenceFilesOptions> = {}) =>
    new EvidenceFiles({
      directory,
      maxBytes: 1e6,
      maxFiles: 100,
      openAlarms: () => [...states].map(([id, state]) => ({ id, state })),
      onError: (error) => errors.push(error),
      ...options,
    })
  const names = () => readdirSync(join(directory, 'w-1')).sort()
  const keep = async (folder: EvidenceFiles, ...ids: string[]) => {
    for (const id of ids) {
      folder.keep(alarm(id), () => evidence(alarm(id)))
      await folder.stop()
    }
  }

  it('holds a file an alarm, the later instead of the earlier, and knows it after a restart', async () => {
    const folder = files()
    const one = alarm('spo2-low.d-1.5.100')
    expect(folder.filesOf(one)).toEqual([])
    folder.keep(one, () => evidence(one, 3000, false))
    expect(folder.filesOf(one)).toEqual(['w-1/spo2-low.d-1.5.100.evidence'])
    await folder.stop()
    folder.keep(one, () => evidence(one))
    await folder.stop()
    expect(names()).toEqual(['spo2-low.d-1.5.100.evidence'])
    const again = files()
    expect(again.filesOf(one)).toEqual(['w-1/spo2-low.d-1.5.100.evidence'])
    expect(again.metrics).toEqual({ ...folder.metrics, removed: 0 })
    expect(decodeEvidence((await again.read(one.id))!, 'x').complete).toBe(true)
    expect(await again.read('another')).toBeUndefined()
  })

  it('holds a file for each time that an alarm was announced, as long as they are few', async () => {
    const folder = files()
    for (let revision = 1; revision <= 12; revision++) {
      const again = { ...alarm('a'), revision }
      folder.keep(again, () => evidence(again))
      await folder.stop()
    }
    const all = ['a', 'a~2', 'a~3', 'a~4', 'a~5', 'a~6', 'a~7', 'a~8'].map((name) => `w-1/${name}.evidence`)
    expect(folder.filesOf(alarm('a'))).toEqual(all)
    expect(new Set(files().filesOf(alarm('a')))).toEqual(new Set(all))
    const read = async (file?: string) => decodeEvidence((await folder.read('a', file))!, 'x').alarm.revision
    expect([await read(), await read('w-1/a~3.evidence')]).toEqual([1, 3])
    expect(await folder.read('a', 'w-1/b.evidence')).toBeUndefined()
  })

  it('puts an id that is no file name into one, inside its folder', async () => {
    const folder = files()
    await keep(folder, '../../x/y z')
    expect(names()).toEqual(['..%2F..%2Fx%2Fy%20z.evidence'])
    expect(files().filesOf(alarm('../../x/y z'))).toHaveLength(1)
  })

  it('lets settled alarms give way first, then those that are over, the oldest first, and never one that holds', async () => {
    const folder = files({ maxFiles: 4 })
    states.set('a', 'active-acknowledged').set('b', 'returned-unacknowledged').set('d', 'normal')
    await keep(folder, 'a', 'b', 'c', 'd', 'e', 'f')
    expect(names()).toEqual(['a.evidence', 'b.evidence', 'e.evidence', 'f.evidence'])
    for (const id of ['e', 'f', 'g', 'h', 'i']) states.set(id, 'active-unacknowledged')
    await keep(folder, 'g')
    expect(names()).toEqual(['a.evidence', 'e.evidence', 'f.evidence', 'g.evidence'])
    expect(errors).toEqual([])
    await keep(folder, 'h')
    expect(names()).toEqual(['a.evidence', 'e.evidence', 'f.evidence', 'g.evidence'])
    expect(String(errors[0])).toContain('in 4 files that must stay')
    expect(folder.filesOf(alarm('h'))).toEqual([])
    expect(folder.metrics).toMatchObject({ files: 4, removed: 3, failed: 1 })
  })

  it('stays within its bytes', async () => {
    const folder = files({ maxBytes: 10_000 })
    await keep(folder, 'a', 'b', 'c', 'd', 'e')
    expect(folder.metrics.bytes).toBeLessThanOrEqual(10_000)
    const onDisk = names().map((name) => readFileSync(join(directory, 'w-1', name)).length)
    expect(onDisk.reduce((sum, bytes) => sum + bytes, 0)).toBe(folder.metrics.bytes)
    expect(names().at(-1)).toBe('e.evidence')
  })

  it('removes at its start what was not written to its end', () => {
    mkdirSync(join(directory, 'w-1'))
    writeFileSync(join(directory, 'w-1', 'a.evidence.partial'), 'half')
    expect(files().metrics.files).toBe(0)
    expect(existsSync(join(directory, 'w-1', 'a.evidence.partial'))).toBe(false)
  })

  it('keeps the earlier file where the later one cannot be made, and says so', async () => {
    const folder = files()
    await keep(folder, 'a')
    folder.keep(alarm('a'), () => {
      throw new Error('no memory')
    })
    await folder.stop()
    expect(String(errors[0])).toContain('no memory')
    expect(await folder.read('a')).toBeDefined()
  })

  it('seals files with a key, and opens them for whoever may ask', async () => {
    const key = randomBytes(32)
    const folder = files({ key })
    await keep(folder, 'a')
    expect(() => decodeEvidence(readFileSync(join(directory, 'w-1', 'a.evidence')), 'a')).toThrow('a key')
    expect(decodeEvidence((await folder.read('a'))!, 'a').alarm.id).toBe('a')
    await expect(files({ key: randomBytes(32) }).read('a')).rejects.toThrow('sealed with')
  })
})

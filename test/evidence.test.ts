import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shippedModels } from '../edge/cli/scenario/evaluateScenario.ts'
import { replayScenario } from '../edge/cli/scenario/replayScenario.ts'
import { runScenario } from '../edge/cli/scenario/runScenario.ts'
import type { Evidence } from '../edge/evidence/evidence.ts'
import { encodeEvidence } from '../edge/evidence/evidenceFile.ts'
import { builtInScenario, readScenario } from '../simulators/scenario.ts'
import { vitalEdge } from './real/vitalEdge.ts'

let models: Awaited<ReturnType<typeof shippedModels>>
beforeAll(async () => {
  models = await shippedModels()
})

// The whole library and a day: `vital-edge evaluate evidence`.
const names = [
  'asystole',
  'bad-link',
  'convulsion',
  'demo',
  'desaturation-after-acknowledged',
  'desaturation-out-of-range',
  'fall',
  'lead-off-with-pulse',
  'off-body',
  'reboot-and-clock-step',
  'tachycardia-at-rest',
]

describe('every alarm of a scenario has evidence that replays to the same verdicts and the same alarm', () => {
  it.each(names)(
    '%s',
    async (name) => {
      const scenario = await readScenario(builtInScenario(name))
      const seconds = scenario.length ?? 120
      const { raised, evidenced, kept, same, differences } = replayScenario(name, scenario, { ...models, seconds })
      expect(differences).toEqual({})
      expect(raised).toBeGreaterThan(0)
      expect(evidenced).toBe(raised)
      expect(same).toBe(kept)
    },
    60_000,
  )
})

describe('the evidence of unusual heartbeats', () => {
  it('shows what the model saw and what it would have expected, by the parts of the attribution', async () => {
    const scenario = await readScenario(builtInScenario('atrial-fibrillation'))
    const found: Evidence[] = []
    const keep = (_: object, pack: () => Evidence): void => {
      if (found.length < 3 && pack().window !== undefined) found.push(pack())
    }
    runScenario('af', scenario, { ...models, seconds: 1500, evidence: { keep, filesOf: () => [] } })
    expect(found.length).toBe(3)
    for (const { alarm, window } of found) {
      const { input, reconstruction, segments } = window!
      expect(reconstruction).toHaveLength(input.length)
      expect(segments.at(-1)?.to).toBe(input.length)
      expect(reconstruction.every((value) => value !== null)).toBe(true)
      expect(reconstruction).not.toEqual(input)
      const causes = [alarm, ...(alarm.causes ?? [])].filter(({ code }) => code === 'ecg-anomaly')
      expect(causes.length).toBeGreaterThan(0)
      for (const { evidence } of causes)
        expect(segments.map(({ name }) => name)).toEqual(Object.keys(evidence?.attribution ?? {}))
    }
  }, 60_000)
})

describe('vital-edge replay-evidence', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evidence-'))
  const file = join(folder, 'a.evidence')
  afterAll(() => rmSync(folder, { recursive: true }))
  let evidence: Evidence
  beforeAll(async () => {
    const packs: (() => Evidence)[] = []
    const scenario = await readScenario(builtInScenario('fall'))
    const keeper = { keep: (_: object, pack: () => Evidence) => void packs.push(pack), filesOf: () => [] }
    runScenario('fall', scenario, { ...models, evidence: keeper })
    evidence = packs.map((pack) => pack()).find(({ alarm, complete }) => alarm.code === 'fall' && complete)!
    writeFileSync(file, await encodeEvidence(evidence))
  }, 60_000)

  it('says "same verdict" with exit code 0, and as JSON what it compared', async () => {
    const text = await vitalEdge('replay-evidence', file)
    expect(text).toMatchObject({ code: 0, stderr: '' })
    expect(text.stdout).toMatch(/^same verdict$/m)
    expect(text.stdout).toContain(evidence.alarm.text)
    const json = JSON.parse((await vitalEdge('replay-evidence', file, '--json')).stdout) as Record<string, unknown>
    expect(json).toMatchObject({ same: true, differences: [], alarm: evidence.alarm, models: evidence.models })
  })

  it('says what differs, with exit code 1', async () => {
    const other = join(folder, 'other.evidence')
    const alarm = { ...evidence.alarm, params: { ...evidence.alarm.params, impactG: 99 } }
    writeFileSync(other, await encodeEvidence({ ...evidence, alarm }))
    const { code, stdout } = await vitalEdge('replay-evidence', other)
    expect(code).toBe(1)
    expect(stdout).toMatch(/not the same:\n {2}alarm\.params\.impactG: expected 99, received/)
  })

  it('names the model that it lacks, a damaged file, a newer version, and wrong use', async () => {
    const changed = join(folder, 'changed.evidence')
    const run = async (bytes: Buffer) => {
      writeFileSync(changed, bytes)
      return vitalEdge('replay-evidence', changed)
    }
    const hash = '0'.repeat(64)
    const models = { ...evidence.models, ecg: { ...evidence.models.ecg, hash } }
    const lacking = await run(await encodeEvidence({ ...evidence, models }))
    expect(lacking).toMatchObject({ code: 1, stdout: '' })
    expect(lacking.stderr).toContain(`expected ${models.ecg.name} of hash ${hash}, received`)
    const half = await run(readFileSync(file).subarray(0, 9000))
    expect(half).toMatchObject({ code: 1, stdout: '' })
    expect(half.stderr).toContain('expected an undamaged file of evidence')
    const text = gunzipSync(readFileSync(file)).toString()
    const newer = await run(gzipSync(text.replace('"schemaVersion":1', '"schemaVersion":9')))
    expect(newer).toMatchObject({ code: 1, stdout: '' })
    expect(newer.stderr).toContain('expected schemaVersion 1, received 9')
    expect((await vitalEdge('replay-evidence', join(folder, 'none'))).stderr).toContain('expected a readable file')
    expect((await vitalEdge('replay-evidence')).code).toBe(2)
  })
})

import { randomBytes } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { Subject } from 'rxjs'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadBundle, type Bundle } from '../../models/bundle.ts'
import { shippedBundle } from '../../models/shippedBundle.ts'
import { syntheticDevice } from '../../simulators/synthetic/syntheticDevice.ts'
import type { Input } from '../flow.ts'
import type { Alarm } from '../messages.ts'
import { createPipeline } from '../pipeline.ts'
import { AssignmentBook } from '../stages/wearers.ts'
import { epoch } from '../testing/run.ts'
import type { Evidence } from './evidence.ts'
import { decodeEvidence, encodeEvidence } from './evidenceFile.ts'
import { replayEvidence } from './replay.ts'

const onset = 130
const records = [
  ...syntheticDevice(11, {
    device: 'd-1',
    bootId: 5,
    startEpochMicros: epoch,
    seconds: 400,
    events: [{ kind: 'desaturation', atSeconds: onset, durationSeconds: 40, toPercent: 80 }],
  }),
].map(({ record }) => record)

/** What is kept of each alarm, in the order of keeping, and the recorder's own figures at the end. */
function run(bundle: Bundle, seconds = 200) {
  let now = epoch
  const kept: { alarm: Alarm; evidence: Evidence }[] = []
  const told: Alarm[] = []
  const bytes: { at: number; bytes: number }[] = []
  const pipeline = createPipeline({
    gateway: 'gw',
    bundle,
    book: new AssignmentBook([
      { device: 'd-1', wearer: 'w-1' },
      { device: 'd-2', wearer: 'w-2' },
    ]),
    limits: { heartRatePerMinute: 130, spo2Percent: 88, silenceSeconds: 10 },
    wearerLimits: [
      { wearer: 'w-1', setBy: 'Dr. A', heartRateLowPerMinute: 35 },
      { wearer: 'w-2', setBy: 'Dr. B', heartRateLowPerMinute: 36 },
    ],
    keepsNothing: new Set(),
    now: () => now,
    evidence: {
      keep: (alarm, pack) => kept.push({ alarm, evidence: pack() }),
      filesOf: ({ id }) => (kept.some(({ alarm }) => alarm.id === id) ? [id] : []),
    },
  })
  const inputs = new Subject<Input>()
  inputs
    .pipe(pipeline.run((committed) => committed))
    .subscribe((item) => item.kind === 'alarm' && told.push(item.alarm))
  for (const record of records) {
    if (record.tick > seconds * 1e6) break
    now = epoch + record.tick
    for (const device of ['d-1', 'd-2'])
      inputs.next({ kind: 'arrival', source: 's', device, receivedAt: now, records: [record] })
    inputs.next({ kind: 'tick', now })
    // As the commit does, now and then: a checkpoint is made of these rows where it can be.
    bytes.push({ at: record.tick / 1e6, bytes: pipeline.recorder!.metrics.bytes })
    if (record.tick % 4_000_000 === 0) for (const state of pipeline.states) state.takeChanged()
  }
  const stop = () => pipeline.recorder?.stop()
  return { kept, told, stop, bytes }
}

describe('evidence of an alarm', () => {
  let bundle: Bundle
  let whole: ReturnType<typeof run>
  let evidence: Evidence
  beforeAll(async () => {
    bundle = await loadBundle(shippedBundle('ecg-beat'))
    whole = run(bundle)
    evidence = whole.kept.findLast(({ alarm }) => alarm.code === 'spo2-low' && alarm.wearer === 'w-1')!.evidence
  })

  it('is kept when the alarm is raised and once more when 20 s have passed, and the alarm names it', () => {
    const twice = whole.kept.filter(({ alarm }) => alarm.code === 'spo2-low' && alarm.wearer === 'w-1')
    expect(twice.map(({ evidence: { complete } }) => complete)).toEqual([false, true])
    const told = whole.told.find(({ code, wearer }) => code === 'spo2-low' && wearer === 'w-1')!
    expect(told.evidenceFiles).toEqual([told.id])
    const ticks = [...twice[1]!.evidence.inputs]
    const [first, last] = [ticks[0]!.now, ticks.at(-1)!.now]
    const at = Date.parse(told.at) * 1000
    expect(first).toBeLessThanOrEqual(at - 10e6)
    expect(last).toBeGreaterThanOrEqual(at + 20e6)
    expect(last).toBeLessThan(at + 40e6)
  })

  it('holds model, threshold, vital signs, quality and settings, and nothing of anybody else', () => {
    expect(evidence.models.ecg).toEqual({
      name: bundle.manifest.name,
      hash: bundle.hash,
      threshold: bundle.manifest.threshold.value,
    })
    expect(evidence.vitals.spo2?.value).toBeLessThan(88)
    expect(evidence.vitals.spo2).toMatchObject({ unit: '%', device: 'd-1' })
    expect(evidence.quality).toBeDefined()
    expect(evidence.settings['wearerLimits']).toEqual([{ wearer: 'w-1', setBy: 'Dr. A', heartRateLowPerMinute: 35 }])
    expect(JSON.stringify(evidence)).not.toMatch(/w-2|d-2/)
  })

  it('replays to the same verdicts and the same alarm, as kept at either time and through its file', async () => {
    expect(whole.kept.length).toBeGreaterThanOrEqual(4)
    for (const { alarm, evidence: one } of whole.kept) {
      const read = decodeEvidence(await encodeEvidence(one), alarm.id)
      const replayed = replayEvidence(read, { bundle })
      expect(replayed.differences).toEqual([])
      expect(replayed.verdicts.length).toBeGreaterThan(10)
      expect(replayed.alarm?.id).toBe(alarm.id)
    }
  })

  it('says what is different when another value came in, another limit held or another verdict was told', () => {
    const raise = evidence.inputs.flatMap(({ input }) => input.records ?? [])
    expect(raise.length).toBeGreaterThan(50)
    const ofHealthy = { ...evidence, inputs: evidence.inputs.slice(0, Math.round(evidence.inputs.length / 4)) }
    expect(replayEvidence({ ...ofHealthy, verdicts: [], complete: false }, { bundle }).differences).toEqual([
      `alarm: expected ${evidence.alarm.id}, received none`,
    ])
    const limits = { ...(evidence.settings['limits'] as object), spo2Percent: 70 }
    const lower = replayEvidence({ ...evidence, settings: { ...evidence.settings, limits } }, { bundle })
    expect(lower.differences).toEqual([`alarm: expected ${evidence.alarm.id}, received none`])
    const verdicts = evidence.verdicts.map((verdict, i) =>
      i === 3 ? { ...verdict, verdict: 'anomalous' as const } : verdict,
    )
    expect(replayEvidence({ ...evidence, verdicts }, { bundle }).differences).toEqual([
      'verdicts.3.verdict: expected "anomalous", received "normal"',
    ])
    const alarm = { ...evidence.alarm, params: { ...evidence.alarm.params, spo2Percent: 12 } }
    expect(replayEvidence({ ...evidence, alarm }, { bundle }).differences[0]).toMatch(
      /^alarm.params.spo2Percent: expected 12/,
    )
  })

  it('is not replayed with another model', () => {
    const other = { ...bundle, hash: 'f'.repeat(64) }
    expect(() => replayEvidence(evidence, { bundle: other })).toThrow(
      `models.ecg: expected ${bundle.manifest.name} of hash ${bundle.hash}, received ${bundle.manifest.name} of hash ffff`,
    )
  })

  it('ends where the gateway stops, and is kept', () => {
    const { kept, stop } = run(bundle, onset + 25)
    const before = kept.length
    stop()
    expect(kept.length).toBeGreaterThan(before)
    expect(kept.at(-1)!.evidence.complete).toBe(false)
    expect(replayEvidence(kept.at(-1)!.evidence, { bundle }).differences).toEqual([])
  })

  it('takes memory that does not grow with the stream', () => {
    const { bytes } = run(bundle, 400)
    const peak = (from: number, to: number) =>
      Math.max(...bytes.filter(({ at }) => at >= from && at < to).map((one) => one.bytes))
    expect(peak(0, 130)).toBeGreaterThan(100_000)
    expect(peak(270, 400)).toBeLessThan(1.15 * peak(0, 130))
  })
})

describe('a file of evidence', () => {
  let file: Buffer
  let evidence: Evidence
  beforeAll(async () => {
    const bundle = await loadBundle(shippedBundle('ecg-beat'))
    evidence = run(bundle, onset + 30).kept[0]!.evidence
    file = await encodeEvidence(evidence)
  })
  const reading = (bytes: Buffer, key?: Buffer) => () => decodeEvidence(bytes, 'a.evidence', key)

  it('is small and comes out as it went in', () => {
    expect(file.length).toBeLessThan(200_000)
    expect(decodeEvidence(file, 'a')).toEqual(evidence)
  })

  it('names what is wrong: cut short, another format, a newer version, altered content', () => {
    expect(reading(file.subarray(0, 5000))).toThrow('a.evidence: expected an undamaged file of evidence')
    expect(reading(Buffer.from('hello'))).toThrow('a.evidence: expected an undamaged file of evidence')
    expect(reading(gzipSync('{"format":"csv"}\n{}\n'))).toThrow(
      'a.evidence: expected evidence, received something else',
    )
    const text = gunzipSync(file).toString()
    expect(reading(gzipSync(text.replace('"schemaVersion":1', '"schemaVersion":2')))).toThrow(
      'expected schemaVersion 1, received 2 (from a newer program)',
    )
    expect(reading(gzipSync(text.replace('"spo2-low"', '"no-beats"')))).toThrow('expected content of SHA-256')
  })

  it('is read with its key only, where it is sealed', async () => {
    const key = randomBytes(32)
    const sealed = await encodeEvidence(evidence, key)
    expect(decodeEvidence(sealed, 'a', key)).toEqual(evidence)
    expect(reading(sealed)).toThrow('a.evidence: expected a key, as this evidence is sealed')
    expect(reading(sealed, randomBytes(32))).toThrow('expected the key that it was sealed with')
    sealed[100]! ^= 1
    expect(reading(sealed, key)).toThrow('expected the key that it was sealed with')
  })
})

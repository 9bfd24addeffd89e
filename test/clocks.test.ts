import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { shippedModels } from '../edge/cli/scenario/evaluateScenario.ts'
import { runScenario, type ScenarioOptions, type ScenarioRunResult } from '../edge/cli/scenario/runScenario.ts'
import type { Decoded } from '../firmware-bridge/records.ts'
import type { Flow } from '../edge/flow.ts'
import { causesOf } from '../edge/alarms/revise.ts'
import { scenarioSchema } from '../simulators/scenario.ts'

let models: Pick<ScenarioOptions, 'bundle' | 'vitalsBundle' | 'ppgBundle'>
beforeAll(async () => {
  models = await shippedModels()
})

const events = [
  { kind: 'desaturation', at: '40s', for: '50s', toPercent: 80 },
  { kind: 'asystole', at: '130s', for: '12s' },
  { kind: 'lead-off', at: '160s', for: '10s' },
]
const length = 200

function run(transport: readonly object[], options: Partial<ScenarioOptions> = {}): ScenarioRunResult {
  const wearers = [{ wearer: 'w-01', device: 'sim-01', seed: 5, events, transport }]
  return runScenario('clocks', scenarioSchema.parse({ length: `${length}s`, wearers }), { ...models, ...options })
}

/** Everything of the wearer's alarms that hangs on stream time alone, in the order told. Boots by number: the simulator draws their ids. */
function canonical({ told }: ScenarioRunResult) {
  const boots: number[] = []
  const bootOf = (bootId: number): number => (boots.includes(bootId) ? boots.indexOf(bootId) : boots.push(bootId) - 1)
  return told
    .filter(({ alarm }) => alarm.wearer !== undefined)
    .map(({ alarm: { id, state, revision, streamTime, ...alarm } }) => ({
      id: streamTime === undefined ? id : id.replace(String(streamTime.bootId), String(bootOf(streamTime.bootId))),
      state,
      revision,
      causes: causesOf({ id, state, revision, ...alarm }).map(({ code, params, streamTime: at, endedTick }) => ({
        code,
        params,
        at: at && [bootOf(at.bootId), at.tick],
        endedTick,
      })),
    }))
}
const steps = ({ told }: ScenarioRunResult) =>
  told.filter(({ alarm }) => alarm.code === 'gateway-clock-step' && alarm.state === 'normal').map(({ alarm }) => alarm)

describe('the same canonical alarms', () => {
  let clean: ReturnType<typeof canonical>
  beforeAll(() => {
    clean = canonical(run([]))
    const codes = new Set(clean.flatMap(({ causes }) => causes.map(({ code }) => code)))
    expect([...codes]).toEqual(expect.arrayContaining(['spo2-low', 'no-beats', 'lead-off']))
  })

  const year = 365.25 * 86_400
  const step = fc.record({
    at: fc.double({ min: 1, max: length - 1, noNaN: true }),
    by: fc.oneof(
      fc.double({ min: 1, max: 60, noNaN: true }),
      fc.double({ min: 60, max: 86_400, noNaN: true }),
      fc.double({ min: 86_400, max: 10 * year, noNaN: true }),
    ),
    back: fc.boolean(),
  })
  it('property: whenever and by however much the gateway’s clock is set, and a record of each correction', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 3 }), (given) => {
        const clockSteps = given.map(({ at, by, back }) => ({ at, by: back ? -by : by }))
        const ran = run([], { clockSteps })
        expect(canonical(ran)).toEqual(clean)
        expect(ran.refused['internal-error'] ?? 0).toBe(0)
        // Those within a second of each other are one.
        if (clockSteps.length === 1 && Math.abs(clockSteps[0]!.by) > 2.01) {
          const [record, ...more] = steps(ran)
          expect(more).toEqual([])
          const { seconds, from, to } = record!.params
          expect(Number(seconds)).toBeCloseTo(clockSteps[0]!.by, 2)
          expect((Date.parse(String(to)) - Date.parse(String(from))) / 1000).toBeCloseTo(clockSteps[0]!.by, 2)
        }
      }),
      { numRuns: 12, seed: 1 },
    )
  }, 120_000)

  it('property: however fast the device’s crystal is, up to 200 ppm, and however its frames are delayed, reordered and repeated', () => {
    const link = fc.record({
      ppm: fc.integer({ min: -200, max: 200 }),
      jitter: fc.double({ min: 0.01, max: 1.4, noNaN: true }),
      reorder: fc.record({
        probability: fc.double({ min: 0, max: 0.5, noNaN: true }),
        distance: fc.integer({ min: 1, max: 3 }),
      }),
      duplicates: fc.double({ min: 0, max: 0.5, noNaN: true }),
    })
    fc.assert(
      fc.property(link, ({ ppm, jitter, reorder, duplicates }) => {
        const ran = run([
          { kind: 'clock-drift', ppm },
          { kind: 'reorder', ...reorder },
          { kind: 'duplicate', probability: duplicates },
          { kind: 'jitter', upTo: `${jitter.toFixed(3)}s` },
        ])
        expect(canonical(ran)).toEqual(clean)
        expect(ran.refused).toEqual({})
      }),
      { numRuns: 12, seed: 1 },
    )
  }, 120_000)

  it('property: wherever the 32-bit sequence wraps, also with frames that come out of order and twice', () => {
    const wrap = fc.record({ before: fc.integer({ min: 1, max: 1200 }), reorders: fc.boolean() })
    fc.assert(
      fc.property(wrap, ({ before, reorders }) => {
        const rewrite = (record: Decoded): Decoded =>
          'bootId' in record ? { ...record, sequence: (record.sequence + 2 ** 32 - before) >>> 0 } : record
        const mixed = [
          { kind: 'reorder', probability: 0.3, distance: 3 },
          { kind: 'duplicate', probability: 0.3 },
        ]
        const ran = run(reorders ? mixed : [], { rewrite })
        expect(canonical(ran)).toEqual(clean)
        expect(ran.refused).toEqual({})
      }),
      { numRuns: 12, seed: 1 },
    )
  }, 120_000)

  it('with a drift that is made good: over an hour at 200 ppm, and what is told is by the gateway’s clock', () => {
    const signals = ['heartRate', 'spo2']
    const hour = (transport: readonly object[]) => {
      const wearers = [{ wearer: 'w-01', device: 'sim-01', seed: 5, signals, transport, events: late }]
      return runScenario('hour', scenarioSchema.parse({ length: '1h', wearers }), models)
    }
    const late = [{ kind: 'desaturation', at: '3400s', for: '60s', toPercent: 80 }]
    const exact = hour([])
    const slow = hour([{ kind: 'clock-drift', ppm: -200 }])
    expect(canonical(slow)).toEqual(canonical(exact))
    const atOf = ({ told }: ScenarioRunResult) =>
      Date.parse(told.find(({ alarm }) => alarm.code === 'spo2-low')?.alarm.at ?? '') / 1000
    // What the device takes for 3,400 s were 3,400.68; up to a fifth of it is over before the drift is known.
    expect(atOf(slow) - atOf(exact)).toBeGreaterThan(0.5)
    expect(atOf(slow) - atOf(exact)).toBeLessThan(0.75)
  }, 120_000)

  it('when the device’s tick counter of 32 bits wraps, wherever that is', () => {
    for (const before of [30, 47.3, 131.9]) {
      const rewrite = (record: Decoded): Decoded =>
        'bootId' in record ? { ...record, tick: (record.tick + 2 ** 32 - before * 1e6) % 2 ** 32 } : record
      const ran = run([], { rewrite })
      const moved = (tick: number | undefined) => tick && tick - 2 ** 32 + before * 1e6
      const back = canonical(ran).map(({ causes, state, revision }) => ({
        state,
        revision,
        causes: causes.map((cause) => ({
          ...cause,
          at: cause.at && [cause.at[0], moved(cause.at[1])],
          endedTick: moved(cause.endedTick),
        })),
      }))
      expect(back).toEqual(clean.map(({ causes, state, revision }) => ({ state, revision, causes })))
      expect(ran.refused).toEqual({})
    }
  }, 60_000)
})

describe('a device whose counters begin anew without another boot id', () => {
  it.each([
    ['ticks', false],
    ['ticks and numbers', true],
  ])(
    '(%s) is told as restarted, and watched on',
    (_, numbers) => {
      const from = 100e6
      let first: number | undefined
      const rewrite = (record: Decoded): Decoded => {
        if (!('bootId' in record) || record.tick < from) return record
        first ??= record.sequence
        return { ...record, tick: record.tick - from, ...(numbers && { sequence: record.sequence - first }) }
      }
      const ran = run([], { rewrite })
      const codes = ran.told.flatMap(({ alarm }) => causesOf(alarm).map(({ code }) => code))
      expect(codes).toEqual(
        expect.arrayContaining(['device-restarted', 'spo2-low', 'no-beats', 'lead-off', 'device-off']),
      )
      expect(codes).not.toContain('device-silent')
      expect(ran.refused['internal-error'] ?? 0).toBe(0)
      const noBeats = ran.told.find(({ alarm }) => alarm.code === 'no-beats')?.alarm
      expect(noBeats?.streamTime?.tick).toBeGreaterThan(29e6)
      expect(noBeats?.streamTime?.tick).toBeLessThan(40e6)
      const ids = new Set(ran.told.map(({ alarm }) => alarm.streamTime?.bootId))
      expect(ids.size).toBeGreaterThanOrEqual(2)
    },
    60_000,
  )
})

describe('what comes after later data', () => {
  it('is a past event where it tells of the wearer, is kept, and never looks like now', () => {
    // For a minute half of the frames are a hundred behind.
    const reorder = { kind: 'reorder', at: '30s', for: '60s', probability: 0.5, distance: 100 }
    const kept: Flow[] = []
    const ran = run([reorder], { onItem: (item) => void (item.kind === 'refused' && kept.push(item)) })
    expect(ran.refused['late']).toBeGreaterThan(20)
    expect(kept.every((item) => item.kind === 'refused' && (item.bytes?.length ?? 0) > 0)).toBe(true)
    const codes = (alarms: ScenarioRunResult) => new Set(alarms.told.map(({ alarm }) => alarm.code))
    expect([...codes(ran)]).toEqual(expect.arrayContaining(['late-data', 'past-event', 'no-beats', 'lead-off']))
    const physiological = ran.told.filter(({ alarm }) => alarm.type === 'physiological')
    const usual = new Set([...codes(run([])), 'past-event'])
    expect(physiological.filter(({ alarm }) => !usual.has(alarm.code))).toEqual([])
    const past = physiological.find(({ alarm }) => alarm.code === 'past-event')?.alarm
    expect(past?.params['pastCode']).toBe('spo2-low')
    expect(past?.streamTime?.tick).toBeGreaterThan(40e6)
    expect(past?.streamTime?.tick).toBeLessThan(85e6)
  }, 60_000)
})

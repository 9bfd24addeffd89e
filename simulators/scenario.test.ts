import { describe, expect, test } from 'vitest'
import { FrameParser } from '../firmware-bridge/frameParser.ts'
import { builtInScenario, parseScenario, readScenario } from './scenario.ts'
import { listScenarios } from './scenario/library.ts'
import { deviceRuns, scenarioDevices, scenarioMessages } from './scenario/run.ts'
import { occurring } from './synthetic/events.ts'

const run = { startEpochMicros: 1_700_000_000_000_000, seconds: 5 }

describe('a scenario', () => {
  test('that cannot be right names file, path, what was expected and what came', () => {
    const faults = (text: string) => () => parseScenario('s.yaml', text)
    const event = (event: string) => faults(`wearers: [{ wearer: a, device: d, events: [${event}] }]`)
    expect(faults('wearers: [')).toThrow('s.yaml: expected YAML')
    expect(faults('seed: 1')).toThrow('s.yaml: wearers: Invalid input: expected array')
    expect(faults('wearers: [{ wearer: a, device: "a/b" }]')).toThrow(/s\.yaml: wearers\.0\.device: .*received "a\/b"/)
    expect(faults('wearers: [{ wearer: a, device: d }, { wearer: b, device: d }]')).toThrow(
      'each device may be used once',
    )
    expect(faults('wearer: []')).toThrow('s.yaml: scenario: Unrecognized key: "wearer"')
    expect(event('{ kind: nap, at: 1s, for: 1s }')).toThrow(/s\.yaml: wearers\.0\.events\.0\.kind/)
    expect(event('{ kind: walk, at: 10, for: 1s }')).toThrow(
      's.yaml: wearers.0.events.0.at: expected a time such as 90s, 10m, 1h30m or 250ms, received 10',
    )
    expect(event('{ kind: walk, at: 1s, for: 0s }')).toThrow('wearers.0.events.0.for: expected a time above 0')
    expect(event('{ kind: walk, at: 1s, for: 9s, every: 9s }')).toThrow(
      'wearers.0.events.0.every: must be longer than for',
    )
    expect(event('{ kind: tachycardia, at: 1s, for: 9s, toPerMinute: 10 }')).toThrow(
      /wearers\.0\.events\.0\.toPerMinute: .*>=100, received 10/,
    )
    expect(event('{ kind: walk, at: 1s, for: 9s, durationSeconds: 3 }')).toThrow(
      'wearers.0.events.0.durationSeconds: expected the field "for", received "durationSeconds"',
    )
    expect(event('{ kind: walk, at: 1s, for: 9s, expect: { code: hunger, within: 1s } }')).toThrow(
      /s\.yaml: wearers\.0\.events\.0\.expect/,
    )
    const transport = (fault: string) => faults(`wearers: [{ wearer: a, device: d, transport: [${fault}] }]`)
    expect(transport('{ kind: loss, probability: 2 }')).toThrow(/transport\.0\.probability: .*<=1, received 2/)
    expect(transport('{ kind: reboot, at: 5s, for: 4s }, { kind: reboot, at: 7s }')).toThrow(
      's.yaml: wearers.0.transport: reboot at 7 s: expected after 9 s, when the device is up',
    )
  })

  test('gives each device a boot id that depends on seed and start only', () => {
    const scenario = parseScenario('s.yaml', 'wearers: [{ wearer: a, device: d-1 }, { wearer: b, device: d-2 }]')
    const [first, second] = scenarioDevices(scenario, run)
    expect(scenarioDevices(scenario, run)).toEqual([first, second])
    expect(first?.bootId).not.toBe(second?.bootId)
    expect(scenarioDevices(scenario, { ...run, seed: 2 })[0]?.bootId).not.toBe(first?.bootId)
    expect(scenarioDevices(scenario, { ...run, startEpochMicros: 1 })[0]?.bootId).not.toBe(first?.bootId)
    for (const { device, bytes } of scenarioMessages(scenario, run)) {
      for (const record of new FrameParser().push(bytes))
        expect(record).toMatchObject({ bootId: device === 'd-1' ? first?.bootId : second?.bootId })
    }
  })

  test('the demo shows a lead off, a tachycardia at rest, a desaturation and a silence within its first 40 s', async () => {
    const { wearers } = await readScenario(builtInScenario('demo'))
    expect(wearers.map(({ wearer, device }) => `${wearer} ${device}`)).toEqual([
      'w-01 sim-01',
      'w-02 sim-02',
      'w-03 sim-03',
      'w-04 sim-04',
    ])
    const events = wearers.flatMap((wearer) => wearer.events.map(({ event }) => event))
    for (const kind of ['lead-off', 'tachycardia', 'desaturation', 'silence'] as const) {
      const first = occurring(events, kind, 0, 25)
      expect(first, kind).toBeDefined()
      // Detectors wait some ten seconds for the onset to last.
      expect((first?.toSeconds ?? 0) - (first?.fromSeconds ?? 0), kind).toBeGreaterThanOrEqual(25)
    }
    // A tachycardia "at rest" must not meet a walk, whenever it comes round.
    for (const { events: scripted } of wearers) {
      const own = scripted.map(({ event }) => event)
      for (let second = 0; second < 3600; second++) {
        const ill = own
          .filter(({ kind }) => kind !== 'walk')
          .some((event) => occurring([event], event.kind, second, second + 1))
        expect(ill && occurring(own, 'walk', second, second + 1) !== undefined).toBe(false)
      }
    }
  })

  test('gives times in readable lengths, and one form of expectation', () => {
    const text = `
length: 1h30m
wearers:
  - wearer: a
    device: d
    events:
      - { kind: tachycardia, at: 90s, for: 1m30s, expect: { code: heart-rate-high-at-rest, within: 1m }, forbid: technical }
      - { kind: stairs, at: 250ms, for: 1d, expect: none }
    transport: [{ kind: jitter, upTo: 400ms }]`
    const { length, wearers } = parseScenario('s.yaml', text)
    expect(length).toBe(5400)
    expect(wearers[0]?.events).toMatchObject([
      {
        event: { kind: 'tachycardia', atSeconds: 90, durationSeconds: 90, toPerMinute: 150 },
        expect: [{ codes: ['heart-rate-high-at-rest'], withinSeconds: 60, since: 'begin' }],
        forbid: ['technical'],
      },
      { event: { atSeconds: 0.25, durationSeconds: 86_400 }, expect: 'none' },
    ])
    expect(wearers[0]?.transport).toMatchObject([{ kind: 'jitter', at: 0, upTo: 0.4 }])
  })
})

describe('the library', () => {
  test('says in a line what each scenario is about', async () => {
    const scenarios = await listScenarios()
    expect(scenarios.length).toBeGreaterThanOrEqual(15)
    for (const { name, about } of scenarios) expect(about, name).toMatch(/^[A-Z].{20,}\.$/)
  })

  test('holds scenarios that run, end within their length, and (but for the demo) say what is expected', async () => {
    for (const { name } of await listScenarios()) {
      const scenario = await readScenario(builtInScenario(name))
      // The beginning of each, as the night is long.
      for (const { messages } of deviceRuns(scenario, { ...run, seconds: 3 }))
        for (const { bytes } of messages) void bytes
      if (name === 'demo') continue
      expect(scenario.length, name).toBeDefined()
      const scripts = scenario.wearers.flatMap((wearer) => [
        wearer,
        ...wearer.events.map(({ event, ...expected }) => ({
          ...expected,
          end: event.atSeconds + event.durationSeconds,
        })),
        ...wearer.transport,
      ])
      expect(
        scripts.some(({ expect: expected, forbid }) => expected !== undefined || forbid !== undefined),
        name,
      ).toBe(true)
      for (const script of scripts)
        if ('end' in script) expect(script.end, name).toBeLessThanOrEqual(scenario.length ?? 0)
    }
  })
})

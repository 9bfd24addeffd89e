import { describe, expect, test } from 'vitest'
import { builtInScenario, parseScenario, readScenario, scenarioDevices, scenarioRecords } from './scenario.ts'
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
    expect(event('{ kind: nap, atSeconds: 1, durationSeconds: 1 }')).toThrow(/s\.yaml: wearers\.0\.events\.0\.kind/)
    expect(event('{ kind: walk, atSeconds: -1, durationSeconds: 1 }')).toThrow(
      /events\.0\.atSeconds: .*>=0, received -1/,
    )
    expect(event('{ kind: walk, atSeconds: 1, durationSeconds: 9, everySeconds: 9 }')).toThrow(
      'wearers.0.events.0.everySeconds: must be longer than durationSeconds',
    )
  })

  test('gives each device a boot id that depends on seed and start only', () => {
    const scenario = parseScenario('s.yaml', 'wearers: [{ wearer: a, device: d-1 }, { wearer: b, device: d-2 }]')
    const [first, second] = scenarioDevices(scenario, run)
    expect(scenarioDevices(scenario, run)).toEqual([first, second])
    expect(first?.bootId).not.toBe(second?.bootId)
    expect(scenarioDevices(scenario, { ...run, seed: 2 })[0]?.bootId).not.toBe(first?.bootId)
    expect(scenarioDevices(scenario, { ...run, startEpochMicros: 1 })[0]?.bootId).not.toBe(first?.bootId)
    for (const { device, record } of scenarioRecords(scenario, run)) {
      expect(record.bootId).toBe(device === 'd-1' ? first?.bootId : second?.bootId)
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
    const events = wearers.flatMap((wearer) => wearer.events)
    for (const kind of ['lead-off', 'tachycardia', 'desaturation', 'silence'] as const) {
      const first = occurring(events, kind, 0, 25)
      expect(first, kind).toBeDefined()
      // Detectors wait some ten seconds for the onset to last.
      expect((first?.toSeconds ?? 0) - (first?.fromSeconds ?? 0), kind).toBeGreaterThanOrEqual(25)
    }
    // A tachycardia "at rest" must not meet a walk, whenever it comes round.
    for (const { events: own } of wearers) {
      for (let second = 0; second < 3600; second++) {
        const ill = own
          .filter(({ kind }) => kind !== 'walk')
          .some((event) => occurring([event], event.kind, second, second + 1))
        expect(ill && occurring(own, 'walk', second, second + 1) !== undefined).toBe(false)
      }
    }
  })
})

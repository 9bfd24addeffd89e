import type { Scenario } from '../scenario.ts'
import type { DeviceRun } from '../scenario/run.ts'
import type { Expectation } from '../scenario/expectation.ts'
import { expectationOf } from '../scenario/expectation.ts'
import type { SimulatedEvent } from '../synthetic/events.ts'
import { sensorFaultKinds } from '../synthetic/events.ts'
import type { TruthMark } from '../synthetic/syntheticDevice.ts'
import { microsPerSecond } from '../timedRecord.ts'
import { spanOf } from '../transport/throughTransport.ts'

export interface TruthRun {
  name: string
  scenario: Scenario
  seed: number
  startEpochMicros: number
  /** Stream time that was reached. */
  seconds: number
  devices: readonly DeviceRun[]
  /** Marks by device. */
  marks: ReadonlyMap<string, readonly TruthMark[]>
}

/** A line of a truth file. */
export type TruthLine = {
  kind: 'run' | 'device' | 'acknowledge' | 'event' | 'sensor-fault' | 'mark' | 'transport'
} & Record<string, unknown>

/**
 * What happened in a run, for whoever judges a gateway by it. `from` and `until` are stream time (µs, with the boot id they
 * count in), `fromTime` and `untilTime` the true time of day; `until` is exclusive and no later than the run's end. What would have begun at the end or later is left
 * out, and so is what was expected from a moment that the run did not reach.
 */
export function* truthOf(run: TruthRun): Generator<TruthLine, void, undefined> {
  const { name, scenario, seed, startEpochMicros, seconds } = run
  const endMicros = seconds * microsPerSecond
  yield {
    kind: 'run',
    scenario: name,
    seed,
    start: isoTime(startEpochMicros),
    seconds,
    wearers: scenario.wearers.length,
  }
  for (const device of run.devices) {
    const { wearer, clock, script, done } = device
    const who = { wearer, device: device.device }
    const timeOf = (micros: number) => isoTime(startEpochMicros + clock.trueMicros(micros))
    const span = (from: number, fullUntil: number) => {
      const until = Math.min(fullUntil, endMicros)
      const [begin, end] = [clock.streamTime(from), clock.streamTime(until)]
      return {
        bootId: begin.bootId,
        from: begin.tick,
        until: end.tick,
        ...(end.bootId === begin.bootId ? {} : { untilBootId: end.bootId }),
        fromTime: timeOf(from),
        untilTime: timeOf(until),
      }
    }
    const boots = [
      { bootId: device.bootId, time: timeOf(0) },
      ...clock.boots
        .filter(({ upMicros }) => upMicros < endMicros)
        .map(({ bootId, upMicros }) => ({ bootId, time: timeOf(upMicros) })),
    ]
    yield { kind: 'device', ...who, bootId: device.bootId, boots, ...expectationOf(script) }
    for (const { code, at } of script.acknowledge) {
      const micros = at * microsPerSecond
      const { bootId, tick } = clock.streamTime(micros)
      if (micros < endMicros) yield { kind: 'acknowledge', ...who, code, bootId, at: tick, time: timeOf(micros) }
    }
    for (const { event, ...expectation } of script.events) {
      const { kind: code, durationSeconds } = event
      const parameters = parametersOf(event)
      const kind = sensorFaultKinds.includes(code) ? 'sensor-fault' : 'event'
      for (const beginning of beginnings(event, seconds)) {
        const from = Math.round(beginning * microsPerSecond)
        const until = Math.round((beginning + durationSeconds) * microsPerSecond)
        if (from >= endMicros) continue
        yield { kind, ...who, code, ...span(from, until), parameters, ...reached(expectation, until <= endMicros) }
      }
    }
    for (const mark of run.marks.get(device.device) ?? [])
      if (mark.kind === 'event' && mark.from < endMicros)
        yield { kind: 'mark', ...who, code: mark.code, ...span(mark.from, mark.until) }
    for (const { fault, counts } of done) {
      const { kind: code, expect, forbid, ...parameters } = fault
      const { from, until } = spanOf(fault)
      if (from >= endMicros) continue
      const expectation = reached(expectationOf({ expect, forbid }), until <= endMicros)
      yield { kind: 'transport', ...who, code, ...span(from, until), parameters, counts, ...expectation }
    }
  }
}

/** What can be held against a gateway: an alarm due after the end, or the link's return, only if that came in the run. */
function reached({ expect, ...rest }: Expectation, hasEnded: boolean): Expectation {
  if (hasEnded || expect === undefined || expect === 'none') return { ...rest, ...(expect && { expect }) }
  const left = expect.filter(({ since }) => since === 'begin')
  return { ...rest, ...(left.length > 0 && { expect: left }) }
}

/** What an event has besides its kind and its timing. */
function parametersOf(event: SimulatedEvent): Record<string, unknown> {
  const timing = ['kind', 'atSeconds', 'durationSeconds', 'everySeconds']
  return Object.fromEntries(Object.entries(event).filter(([name]) => !timing.includes(name)))
}

/** When an event begins, each time, s; once where it has no period. */
function* beginnings({ atSeconds, everySeconds }: SimulatedEvent, seconds: number): Generator<number> {
  for (let i = 0, from = atSeconds; from < seconds; from = atSeconds + ++i * (everySeconds ?? Infinity)) yield from
}

function isoTime(epochMicros: number): string {
  return new Date(epochMicros / 1000).toISOString()
}

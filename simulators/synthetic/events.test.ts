import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SimulatedEvent } from './events.ts'
import { eventKinds, eventSchema, eventScript, occurring } from './events.ts'

const walk = (atSeconds: number, durationSeconds: number, everySeconds?: number): SimulatedEvent => {
  return { kind: 'walk', atSeconds, durationSeconds, everySeconds }
}

test('an event overlaps the spans that touch it, its end not included', () => {
  const events = [walk(10, 5)]
  const starts = Array.from({ length: 20 }, (_, second) => second)
  expect(starts.filter((second) => occurring(events, 'walk', second, second + 1))).toEqual([10, 11, 12, 13, 14])
  expect(occurring(events, 'silence', 10, 11)).toBeUndefined()
  expect(occurring([], 'walk', 0, 1)).toBeUndefined()
})

test('a repeated event is the same as the list of its repetitions', () => {
  const spans = fc.record({
    at: fc.integer({ min: 0, max: 50 }),
    duration: fc.integer({ min: 1, max: 20 }),
    pause: fc.integer({ min: 1, max: 20 }),
    from: fc.integer({ min: 0, max: 300 }),
  })
  fc.assert(
    fc.property(spans, ({ at, duration, pause, from }) => {
      const period = duration + pause
      const listed = Array.from({ length: 200 }, (_, n) => walk(at + n * period, duration))
      const repeated = occurring([walk(at, duration, period)], 'walk', from, from + 1)
      const expected = occurring(listed, 'walk', from, from + 1)
      expect(repeated?.fromSeconds).toBe(expected?.fromSeconds)
      expect(repeated?.toSeconds).toBe(expected?.toSeconds)
    }),
  )
})

describe('what an event may be', () => {
  test.each(eventKinds.map((kind) => ({ kind })))('$kind needs no more than its times', ({ kind }) => {
    const checked = eventSchema.parse({ kind, atSeconds: 1, durationSeconds: 2 })
    expect(eventSchema.parse(checked)).toEqual(checked)
  })

  test.each([
    [{ kind: 'stairs', atSeconds: 0, durationSeconds: 5, toPerMinute: 400 }, 'toPerMinute'],
    [{ kind: 'walk', atSeconds: -1, durationSeconds: 5 }, 'atSeconds'],
    [{ kind: 'walk', atSeconds: 0, durationSeconds: 5, everySeconds: 5 }, 'everySeconds'],
    [{ kind: 'ectopic-beats', atSeconds: 0, durationSeconds: 5, origin: 'liver' }, 'origin'],
    [{ kind: 'levitation', atSeconds: 0, durationSeconds: 5 }, 'kind'],
  ])('%j is refused where it is wrong', (event, path) => {
    expect(eventSchema.safeParse(event).error?.issues.map((issue) => issue.path.join('.'))).toEqual([path])
  })

  test('an unknown parameter is refused', () => {
    expect(() => eventScript([{ ...walk(0, 5), strength: 3 } as SimulatedEvent])).toThrow(/strength/)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { limitNames, limitRanges, type LimitName } from './limits.ts'
import { requestSchema, schemaVersion, wearerStatusSchema, type Request } from './messages.ts'
import { answerRequests } from './stages/requests.ts'
import { deviceCounts } from './stages/sequence.ts'
import { AssignmentBook } from './stages/wearers.ts'
import { emitted, ofKind } from './testing/run.ts'
import { generalLimits, LimitBook, wearerLimitsSchema } from './wearerLimits.ts'

type SetLimits = Extract<Request, { action: 'set-limits' }>
const at = '2026-01-01T00:00:00.000Z'
const asking = (limits: SetLimits['limits'], of: Partial<SetLimits> = {}): SetLimits => ({
  schemaVersion,
  requestId: 'r-1',
  action: 'set-limits',
  wearer: 'w-1',
  by: 'Dr. B',
  limits,
  ...of,
})
const configured = [{ wearer: 'w-1', setBy: 'Dr. A', heartRateLowPerMinute: 32 }]

describe('limits of a wearer', () => {
  it('in the configuration are refused without an author, without a limit, and turned round', () => {
    const problem = (limits: object) => wearerLimitsSchema.safeParse(limits).error?.issues[0]?.message
    expect(problem({ wearer: 'w-1', heartRateLowPerMinute: 32 })).toContain('expected string')
    expect(problem({ wearer: 'w-1', setBy: 'Dr. A' })).toMatch(/^at least one of heartRateHighAtRest/)
    expect(problem({ wearer: 'w-1', setBy: 'Dr. A', bloodPressureSystolicLowMmHg: 130 })).toBeUndefined()
    expect(
      problem({ wearer: 'w-1', setBy: 'Dr. A', respirationRateLowPerMinute: 15, respirationRateHighPerMinute: 12 }),
    ).toBe('expected respirationRateLowPerMinute below respirationRateHighPerMinute, received 15 and 12')
  })

  it('are what was set at run time, else in the configuration, else for everybody', () => {
    const book = new LimitBook(configured, { spo2LowPercent: 90 })
    expect(book.of('w-1', 'heartRateLowPerMinute')).toEqual({ limit: 32, setBy: 'Dr. A' })
    expect(book.of('w-1', 'spo2LowPercent')).toEqual({ limit: 90 })
    expect(book.change(asking({ heartRateLowPerMinute: 36, spo2LowPercent: 85 }), at)).toBeUndefined()
    expect(book.of('w-1', 'heartRateLowPerMinute')).toEqual({ limit: 36, setBy: 'Dr. B' })
    expect(book.of('w-2', 'heartRateLowPerMinute')).toEqual({ limit: 40 })
    book.change(asking({ heartRateLowPerMinute: null }), at)
    expect(book.of('w-1', 'heartRateLowPerMinute')).toEqual({ limit: 32, setBy: 'Dr. A' })
    expect(book.of('w-1', 'spo2LowPercent')).toEqual({ limit: 85, setBy: 'Dr. B' })
  })

  it('are listed in the status with author, moment and reason', () => {
    const book = new LimitBook(configured)
    expect(book.list('w-2')).toBeUndefined()
    book.change(asking({ spo2LowPercent: 85 }, { reason: 'COPD' }), at)
    expect(wearerStatusSchema.shape.limits.parse(book.list('w-1'))).toEqual([
      { name: 'heartRateLowPerMinute', limit: 32, setBy: 'Dr. A' },
      { name: 'spo2LowPercent', limit: 85, setBy: 'Dr. B', at, reason: 'COPD' },
    ])
  })

  it('are kept over a restart, and taken back after it', () => {
    const before = new LimitBook([])
    before.change(asking({ spo2LowPercent: 85 }), at)
    const after = new LimitBook([])
    after.changes.restore(before.changes.takeChanged())
    expect(after.list('w-1')).toEqual(before.list('w-1'))
    after.change(asking({ spo2LowPercent: null }), at)
    const last = new LimitBook([])
    last.changes.restore(after.changes.takeChanged())
    expect(last.list('w-1')).toBeUndefined()
  })

  it('are changed all or none, and never so that nothing lies between a lower and an upper one', () => {
    const value = (name: LimitName) => {
      const { minValue, maxValue } = limitRanges[name]
      return fc.oneof(fc.double({ min: minValue!, max: maxValue!, noNaN: true }), fc.constant(null))
    }
    const change = fc.record(Object.fromEntries(limitNames.map((name) => [name, value(name)])), { requiredKeys: [] })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 8 }), (changes) => {
        const book = new LimitBook([])
        for (const limits of changes) {
          const before = book.list('w-1')
          if (book.change(asking(limits), at) !== undefined) expect(book.list('w-1')).toEqual(before)
          const now = (name: LimitName) => book.of('w-1', name).limit
          expect(now('temperatureLowCelsius')).toBeLessThan(now('temperatureHighCelsius'))
          expect(now('respirationRateLowPerMinute')).toBeLessThan(now('respirationRateHighPerMinute'))
          expect(now('bloodPressureSystolicLowMmHg')).toBeLessThan(now('bloodPressureSystolicHighMmHg'))
        }
      }),
    )
  })

  it('for everybody lie within their own ranges', () => {
    for (const name of limitNames) expect(limitRanges[name].safeParse(generalLimits[name]).success, name).toBe(true)
  })
})

describe('the request set-limits', () => {
  const answerTo = (request: SetLimits, book = new LimitBook([])) => {
    const assignments = new AssignmentBook([{ device: 'd-1', wearer: 'w-1' }])
    const stage = answerRequests('gw', assignments, deviceCounts(), book)
    return ofKind(emitted(stage, [{ kind: 'request', request, at, respond: () => {} }]), 'answer').map(
      ({ response }) => response,
    )
  }

  it('is answered once, and holds from then on', () => {
    const book = new LimitBook([])
    expect(answerTo(asking({ spo2LowPercent: 85 }), book)).toEqual([{ schemaVersion, requestId: 'r-1', ok: true }])
    expect(book.of('w-1', 'spo2LowPercent').limit).toBe(85)
  })

  it('is refused for whom nobody knows, and where limits contradict each other', () => {
    expect(answerTo(asking({ spo2LowPercent: 85 }, { wearer: 'w-9' }))).toMatchObject([{ error: 'not-found' }])
    const turned = { respirationRateLowPerMinute: 15, respirationRateHighPerMinute: 12 }
    expect(answerTo(asking(turned))).toMatchObject([
      { error: 'invalid', detail: expect.stringContaining('below') as string },
    ])
  })

  it('is refused with a name that is no limit, a value out of range, and nothing to change', () => {
    const problem = (limits: object) => {
      const { error } = requestSchema.safeParse({ ...asking({}), limits })
      return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join()
    }
    expect(problem({ spo2LowPercent: 85 })).toBeUndefined()
    expect(problem({ spo2LowPercent: null })).toBeUndefined()
    expect(problem({ spo2: 85 })).toContain('limits: Unrecognized key: "spo2"')
    expect(problem({ spo2LowPercent: 20 })).toContain('limits.spo2LowPercent: Too small: expected number to be >=50')
    expect(problem({})).toContain('limits: at least one of')
  })
})

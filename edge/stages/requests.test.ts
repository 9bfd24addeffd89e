import { describe, expect, it } from 'vitest'
import { schemaVersion, type Request } from '../messages.ts'
import { emitted, ofKind } from '../testing/run.ts'
import { LimitBook } from '../wearerLimits.ts'
import { answerRequests } from './requests.ts'
import { deviceCounts } from './sequence.ts'
import { AssignmentBook } from './wearers.ts'

const book = new AssignmentBook([{ device: 'd-1', wearer: 'w-1' }])
const after = (request: Request) =>
  emitted(answerRequests('gw', book, deviceCounts(), new LimitBook([])), [
    { kind: 'request', request, at: '2026-01-01T00:00:00.000Z', respond: () => {} },
  ])
const observing = (wearer: string): Request => ({
  schemaVersion,
  requestId: 'r-1',
  action: 'observe',
  wearer,
  by: 'Ana Nunes',
  consciousness: 'A',
})

describe('requests', () => {
  it('to note what was seen pass on for a wearer who is known', () => {
    expect(after(observing('w-1'))).toMatchObject([{ kind: 'request', request: { wearer: 'w-1' } }])
  })

  it('to note what was seen of somebody else are refused, so that nothing is kept of strangers', () => {
    const out = after(observing('w-9'))
    expect(ofKind(out, 'request')).toEqual([])
    expect(ofKind(out, 'answer').map(({ response }) => response)).toEqual([
      { schemaVersion, requestId: 'r-1', ok: false, error: 'not-found', detail: 'no wearer "w-9" at gateway gw' },
    ])
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMessage } from './liveMessages.ts'
import { anAlarm, aStatus, aSummary } from './testing/samples.ts'

const topics = [
  'vital-edge/g1/bridge/state',
  'vital-edge/g1/bridge/health',
  'vital-edge/g1/alarms/ecg-anomaly.w1.1',
  'vital-edge/g1/wearers/w1/status',
  'vital-edge/g1/wearers/w1/summary',
  'vital-edge/g1/response/r1',
]
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

describe('a message of a gateway', () => {
  it('may not be nested without limit, as it is written as JSON again', () => {
    const health = (depth: number) =>
      Buffer.from(`{"schemaVersion":1,"gateway":"g1","state":"online","odd":${nested(depth)}}`)
    expect(readMessage('vital-edge', topics[1]!, health(10))).toMatchObject({ kind: 'health' })
    expect(readMessage('vital-edge', topics[1]!, health(100_000))).toEqual({ kind: 'rejected', reason: 'invalid' })
  })

  it('never makes the reader throw, nor whoever writes what it says as JSON', () => {
    const field = fc.constantFrom('"params":', '"vitals":', '"odd":', '"devices":', '"__proto__":')
    const text = fc.oneof(
      fc.json(),
      fc.nat(120_000).map(nested),
      fc
        .tuple(fc.constantFrom(anAlarm({}), aStatus({}), aSummary({})), field, fc.oneof(fc.nat(30), fc.nat(100_000)))
        .map(([message, name, depth]) => `${JSON.stringify(message).slice(0, -1)},${name}${nested(depth)}}`),
    )
    const payload = fc.oneof(
      fc.uint8Array(),
      text.map((json) => Buffer.from(json)),
    )
    fc.assert(
      fc.property(fc.constantFrom(...topics), payload, (topic, bytes) => {
        JSON.stringify(readMessage('vital-edge', topic, bytes))
      }),
      { numRuns: 300 },
    )
  })
})

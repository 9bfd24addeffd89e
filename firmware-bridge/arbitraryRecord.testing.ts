import fc from 'fast-check'
import { deviceIdPattern } from './deviceId.ts'
import { defaultQuantisation } from './quantisation.ts'
import type { DeviceEventCode, RecordHeader, SamplesRecord, WireRecord } from './records.ts'
import { deviceEventCodes, maxTick, noReadingCauses } from './records.ts'
import { signalNames, signals } from './signals.ts'

const uint32 = fc.integer({ min: 0, max: 0xffffffff })
const header: fc.Arbitrary<RecordHeader> = fc.record({
  sequence: uint32,
  bootId: uint32,
  // Leaves room for the samples after it; the edge itself is in the vectors.
  tick: fc.integer({ min: 0, max: maxTick / 2 }),
})

const noControls = fc.string({ unit: 'binary', maxLength: 16 }).filter((text) => !/\p{Cc}|\p{Cs}/u.test(text))

const hello = fc.record({
  kind: fc.constant('hello' as const),
  deviceId: fc.stringMatching(deviceIdPattern),
  firmware: noControls,
  signals: fc.array(fc.constantFrom(...signalNames), { maxLength: 20 }),
  detectsContact: fc.boolean(),
})

const event = fc.constantFrom(...deviceEventCodes).chain((code: DeviceEventCode) => {
  const percent = fc.float({ min: 0, max: 100, noNaN: true })
  const vendor = fc.float({ noNaN: true, noDefaultInfinity: true })
  const kind = fc.constant('event' as const)
  const bare = fc.record({ kind, code: fc.constant(code) })
  if (code === 'no-reading')
    return fc.record({
      kind,
      code: fc.constant(code),
      signal: fc.constantFrom(...signalNames),
      cause: fc.constantFrom(...noReadingCauses),
    })
  if (code === 'battery') return fc.record({ kind, code: fc.constant(code), value: percent })
  return code === 'fault' ? fc.oneof(bare, fc.record({ kind, code: fc.constant(code), value: vendor })) : bare
})

const time = fc.record({
  kind: fc.constant('time' as const),
  epochMicros: fc.maxSafeNat(),
  uncertaintyMicros: uint32,
})

/** Values that the default quantisation of the signal carries exactly, some of them missing. */
const samples: fc.Arbitrary<Omit<SamplesRecord, keyof RecordHeader>> = fc
  .constantFrom(...signalNames)
  .chain((signal) => {
    const { min, max } = signals[signal]
    // ppg is coarsened where values are large: its generated values stay where it is not.
    const { countsPerUnit } = defaultQuantisation[signal]
    const reach = (value: number) => Math.trunc(Math.min(Math.max(value, -200), 320) * countsPerUnit)
    const value = fc
      .integer({ min: reach(min), max: reach(max) })
      .map((count) => Math.fround(count * (1 / countsPerUnit)))
    return fc.record({
      kind: fc.constant('samples' as const),
      signal: fc.constant(signal),
      rateHz: fc.integer({ min: 1, max: 4_000_000 }).map((milliHertz) => milliHertz / 1000),
      values: fc
        .array(fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: fc.constant(NaN) }), {
          minLength: 1,
          maxLength: 300,
        })
        .map((values) => Float32Array.from(values)),
    })
  })

/** Any record that the wire can carry without loss. */
export const arbitraryRecord: fc.Arbitrary<WireRecord> = fc
  .tuple(header, fc.oneof(hello, samples, event, time))
  .map(([head, body]) => ({ ...body, ...head }))

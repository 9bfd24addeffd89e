import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cobsDecode } from '../../firmware-bridge/cobs.ts'
import { encodeFrame } from '../../firmware-bridge/frame.ts'
import { SharedFrame } from './retarget.ts'

const word = fc.integer({ min: 0, max: 0xffffffff })
const counts = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: -200, max: 200 })), { minLength: 1, maxLength: 700 })

test('a frame of another boot is byte for byte what the encoder makes of it, whatever its length and CRC', () => {
  const header = fc.record({ sequence: word, tick: fc.integer({ min: 0, max: 3e15 }) })
  fc.assert(
    fc.property(
      counts,
      header,
      header,
      fc.array(word, { minLength: 1, maxLength: 20 }),
      (given, old, header, bootIds) => {
        const values = Float32Array.from(given, (count) => count / 1000)
        const record = { kind: 'samples', signal: 'ecg', rateHz: 250, values } as const
        const made = encodeFrame({ ...record, ...old, bootId: 5 })
        const content = new Uint8Array(made.length)
        const length = cobsDecode(made, 0, made.length - 1, content) - 4
        const shared = new SharedFrame(content.subarray(0, length), header)
        const target = Buffer.alloc(shared.maxBytes + 3)
        for (const bootId of bootIds) {
          const end = shared.write(bootId, target, 3)
          expect(Buffer.from(encodeFrame({ ...record, ...header, bootId })).equals(target.subarray(3, end))).toBe(true)
        }
      },
    ),
    { numRuns: 150 },
  )
})

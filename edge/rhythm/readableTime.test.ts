import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nothingReadable, readMore } from './readableTime.ts'

const rateHz = 100
/** `x` was measured, `.` was not; 10 ms each. */
const block = (text: string, tick = 0) => ({
  tick,
  rateHz,
  values: Float32Array.from(text, (sample) => (sample === 'x' ? 0.1 : NaN)),
})
const whole = 'x'.repeat(300)

describe('readable time', () => {
  it('is all of what has no holes, or only short ones', () => {
    expect(readMore(nothingReadable(), block(whole))).toEqual({ micros: 3e6, anew: true })
    expect(readMore(nothingReadable(), block(`${'x'.repeat(100)}...${'x'.repeat(97)}`)).micros).toBe(2e6)
  })

  it('is nothing of pieces, and after a hole what comes later than a second', () => {
    expect(readMore(nothingReadable(), block('xxxxx.....'.repeat(30))).micros).toBe(50_000)
    expect(readMore(nothingReadable(), block(`${'x'.repeat(50)}.....${'x'.repeat(150)}`)).micros).toBe(1e6)
  })

  it('begins anew after more than four seconds without anything', () => {
    const state = nothingReadable()
    readMore(state, block(whole))
    expect(readMore(state, block(whole, 6.9e6))).toEqual({ micros: 2e6, anew: false })
    expect(readMore(state, block(whole, 14e6))).toEqual({ micros: 3e6, anew: true })
  })

  it('property: does not depend on how it was cut into blocks', () => {
    const text = fc.string({ unit: fc.constantFrom('x', 'x', 'x', 'x', '.'), minLength: 50, maxLength: 400 })
    fc.assert(
      fc.property(text, fc.nat(49), (samples, cut) => {
        const state = nothingReadable()
        const first = readMore(state, block(samples.slice(0, cut)))
        const second = readMore(state, block(samples.slice(cut), cut * 10_000))
        expect((second.anew ? 0 : first.micros) + second.micros).toBe(
          readMore(nothingReadable(), block(samples)).micros,
        )
      }),
    )
  })
})

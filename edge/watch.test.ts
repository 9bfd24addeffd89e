import { describe, expect, it } from 'vitest'
import type { Flow } from './flow.ts'
import { AssignmentBook } from './stages/wearers.ts'
import { epoch, finding, samples, stamp, vital } from './testing/run.ts'
import { Watch } from './watch.ts'

type Judged = { verdict: 'normal' } | { verdict: 'not-assessable'; reason: string } | { verdict: 'warming-up' }
const verdict = (seconds: number, detector: string, judged: Judged): Flow => {
  const common = { kind: 'verdict' as const, ...stamp(seconds), detector, signals: ['ecg' as const], untilTick: 0 }
  if (judged.verdict === 'normal') return { ...common, verdict: 'normal', score: 1, threshold: 3, attribution: {} }
  return { ...common, ...judged }
}
const ecg = samples(0, 'ecg', new Float32Array(250), 250)

/** Why w-1 is not watched after these items, or undefined if it is. */
function obstacleAfter(items: readonly Flow[]): string | undefined {
  const watch = new Watch(new AssignmentBook([{ device: 'd-1', wearer: 'w-1' }]), () => 1)
  for (const item of items) watch.see(item)
  const status = watch.status('gw', 'w-1', epoch + 60e6)
  expect([status.watchingSince, status.notWatchingBecause].filter((said) => said !== undefined)).toHaveLength(1)
  return status.notWatchingBecause
}

describe('watching', () => {
  it('has not begun before something was judged', () => {
    expect(obstacleAfter([])).toBe('nothing heard yet from d-1')
    expect(obstacleAfter([ecg])).toBe('d-1: nothing judged yet')
    expect(obstacleAfter([ecg, verdict(1, 'ecg-beat', { verdict: 'warming-up' })])).toContain('warming up')
  })

  it('goes on with the first normal verdict after a stretch that could not be judged', () => {
    const gap = verdict(1, 'ecg-beat', { verdict: 'not-assessable', reason: 'gap' })
    expect(obstacleAfter([ecg, gap])).toBe('d-1: samples are missing')
    expect(obstacleAfter([ecg, gap, verdict(2, 'ecg-beat', { verdict: 'normal' })])).toBeUndefined()
  })

  it('is not undone by a value while the ECG cannot be judged', () => {
    const off = verdict(1, 'ecg-beat', { verdict: 'not-assessable', reason: 'lead-off' })
    expect(obstacleAfter([ecg, off, vital(2, 'spo2', 97)])).toBe('d-1: electrode off')
  })

  it('of a device without an ECG goes on when its missing signal is back', () => {
    const missing = finding(1, true, { code: 'signal-missing', about: 'spo2' })
    const unjudged = verdict(1, 'signal-missing', { verdict: 'not-assessable', reason: 'missing' })
    const begun = [vital(0, 'heartRate', 60), missing, unjudged, vital(2, 'heartRate', 60)]
    expect(obstacleAfter(begun)).toBe('d-1: no longer measures spo2')
    expect(obstacleAfter([...begun, finding(3, false, { code: 'signal-missing', about: 'spo2' })])).toBeUndefined()
  })

  it.each([
    ['device-silent', 'silent'],
    ['device-off', 'switched off'],
    ['lead-off', 'electrode off'],
  ] as const)('ends while %s holds', (code, text) => {
    const begun = [vital(0, 'spo2', 97), finding(1, true, { code })]
    expect(obstacleAfter(begun)).toBe(`d-1: ${text}`)
    expect(obstacleAfter([...begun, finding(2, false, { code })])).toBeUndefined()
  })

  it('goes on while one of several devices watches, and says what the others lack', () => {
    const book = new AssignmentBook(['d-1', 'd-2'].map((device) => ({ device, wearer: 'w-1' })))
    const watch = new Watch(book, () => 1)
    const status = () => watch.status('gw', 'w-1', epoch + 60e6)
    expect(status().notWatchingBecause).toBe('nothing heard yet from d-1; nothing heard yet from d-2')
    watch.see(vital(0, 'spo2', 97))
    expect(status()).toMatchObject({ watchingWithout: ['nothing heard yet from d-2'] })
    watch.see({ ...vital(1, 'heartRate', 60), device: 'd-2' })
    expect(status()).not.toHaveProperty('watchingWithout')
    watch.see(finding(2, true, { code: 'device-silent' }))
    expect(status()).toMatchObject({ watchingSince: expect.any(String) as string, watchingWithout: ['d-1: silent'] })
    watch.see({ ...finding(3, true, { code: 'device-off' }), device: 'd-2' })
    expect(status().notWatchingBecause).toBe('d-1: silent; d-2: switched off')
  })
})

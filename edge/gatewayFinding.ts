import type { Finding } from './flow.ts'

/** A finding about the gateway itself, which held (or not) at `now` (wall clock, µs). */
export function gatewayFinding(
  now: number,
  of: Pick<Finding, 'code' | 'abnormal'> & Partial<Pick<Finding, 'about' | 'params'>>,
): Finding {
  return {
    kind: 'finding',
    source: '',
    device: '',
    wearer: '',
    bootId: 0,
    tick: now,
    sampledAt: now,
    timing: 'wall',
    ...of,
  }
}

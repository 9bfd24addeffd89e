import type { Alarm, Summary, WearerStatus } from '../../edge/messages.ts'

/** Messages as a gateway would send them, for tests: each with everything that the schema asks for. */
export function anAlarm(changes: Partial<Alarm>): Alarm {
  return {
    schemaVersion: 1,
    id: 'ecg-anomaly.w1.1',
    gateway: 'g1',
    wearer: 'w1',
    devices: ['d1'],
    type: 'physiological',
    code: 'ecg-anomaly',
    params: { score: 3.5 },
    priority: 'medium',
    state: 'active-unacknowledged',
    at: '2026-01-01T00:00:00.123Z',
    text: 'Unusual ECG',
    revision: 1,
    ...changes,
  }
}

export function aSummary(changes: Partial<Summary>): Summary {
  return {
    schemaVersion: 1,
    gateway: 'g1',
    wearer: 'w1',
    spanSeconds: 1,
    at: '2026-01-01T00:00:00.000Z',
    means: { heartRate: 61.25 },
    score: 0.1,
    threshold: 0.5,
    assessableSeconds: 1,
    beats: 1,
    anomalousBeats: 0,
    ...changes,
  }
}

export function aStatus(changes: Partial<WearerStatus>): WearerStatus {
  return {
    schemaVersion: 1,
    gateway: 'g1',
    id: 'w1',
    devices: ['d1'],
    watchingSince: '2026-01-01T00:00:00.000Z',
    coverage: 0.98,
    vitals: { heartRate: { value: 61, unit: '/min', at: '2026-01-01T00:00:01.000Z' } },
    ...changes,
  }
}

import type { Alarm, Summary, WearerStatus } from '../edge/messages.ts'
import type { Role } from './roles.ts'

/** What the API and the events tell, as types alone: the dashboard reads them too. */

/** One tile: what a gateway says of a wearer, corrected by what we know of the gateway. */
export interface WearerView extends Omit<WearerStatus, 'schemaVersion'> {
  /** Highest anomaly score of the newest second, and what it is held against. */
  score?: number | undefined
  threshold?: number | undefined
  /** Start of that second, ISO 8601 UTC. */
  scoredAt?: string | undefined
}

/** What one gateway last said of itself. */
export interface GatewayView {
  id: string
  state: 'online' | 'offline'
  /** ISO 8601 UTC; by the gateway's clock where it says so. */
  lastHeardAt?: string | undefined
  /** Since when there is no sign of life; absent while it is heard. */
  silentSince?: string | undefined
  /** What the gateway counts; shown, never interpreted. */
  health?: Record<string, unknown> | undefined
}

export type WallChange =
  | { event: 'alarm'; data: Alarm }
  | { event: 'wearer'; data: WearerView }
  | { event: 'summary'; data: Summary }
  | { event: 'gateway'; data: GatewayView }
  | { event: 'erased'; data: { wearer: string } }
  | { event: 'broker'; data: { connected: boolean } }

export interface Snapshot {
  /** The server's clock, ISO 8601 UTC. */
  at: string
  broker: { connected: boolean }
  gateways: GatewayView[]
  wearers: WearerView[]
  /** Everything that needs somebody, and the last of all others. */
  alarms: Alarm[]
  /** What is missing, where the store did not answer. */
  incomplete?: string
  /** Of whoever reads it. */
  role?: Role
}

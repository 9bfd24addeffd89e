import type { AlarmSettings } from './alarms/configured.ts'
import type { Bundle } from '../models/bundle.ts'
import type { Flow, SourceState } from './flow.ts'
import type { Pipeline } from './pipeline.ts'
import type { Forwarder } from './sinks/forwarder.ts'
import { deviceList } from './stages/requests.ts'
import type { AssignmentBook } from './stages/wearers.ts'
import type { Journal } from './state/journal.ts'
import { isoOf, wallClock } from './time.ts'

interface HealthParts {
  gateway: string
  bundle: Bundle
  book: AssignmentBook
  knows: Pipeline['knows']
  journal: Pick<Journal, 'outboxReport'>
  forwarders: readonly Forwarder[]
  alarmSettings: AlarmSettings
  busConnected: () => boolean
  /** At open pages and other responders on the broker. */
  people: () => number
  /** Files of evidence, and what is kept in memory for the next ones. */
  evidence: () => object
}

interface LastRefused {
  at: string
  source: string
  device: string
  detail: string
}

interface SourceHealth {
  connected: boolean
  detail?: string
  since: string
  /** The last time that a line was deaf and is not any more: when it ended and how long it was. */
  lastBlind?: { until: string; seconds: number }
  bytes?: number
  reopened?: number
  blindSeconds?: number
  droppedBytes?: number
}

const farMicros = 60_000_000
/** Reasons come from code and not from data, so that this many are never reached by a flood. */
const keptReasons = 100

/** Counters and connections of a running gateway, for `/healthz` and the heartbeat. */
export class GatewayHealth {
  readonly #parts: HealthParts
  readonly #startedAt = wallClock()
  readonly #sources = new Map<string, SourceHealth>()
  readonly #refused = new Map<string, { count: number; last: LastRefused }>()
  readonly #counts = { samples: 0, beats: 0, verdicts: 0, alarms: 0, summaries: 0 }
  #diskError: { at: string; detail: string } | undefined

  constructor(parts: HealthParts) {
    this.#parts = parts
  }

  see(item: Flow): void {
    switch (item.kind) {
      case 'source': {
        this.#sources.set(item.source, sourceHealth(item, this.#sources.get(item.source)))
        return
      }
      case 'refused': {
        const known = this.#refused.get(item.reason)
        if (known === undefined && this.#refused.size >= keptReasons) return
        const { source, device, detail } = item
        this.#refused.set(item.reason, {
          count: (known?.count ?? 0) + 1,
          last: { at: isoOf(wallClock()), source, device, detail },
        })
        return
      }
      case 'samples':
        this.#counts.samples += item.values.length
        return
      case 'beat':
        this.#counts.beats += 1
        return
      case 'verdict':
        this.#counts.verdicts += 1
        return
      case 'alarm':
        this.#counts.alarms += 1
        return
      case 'summary':
        // What is committed shows that the disk is there again.
        this.#diskError = undefined
        this.#counts.summaries += 1
        return
      default:
    }
  }

  diskFailed(error: unknown): void {
    this.#diskError = { at: isoOf(wallClock()), detail: String(error) }
  }

  /** What anybody may know who can reach the gateway: nothing that names a device or wearer. */
  report() {
    const { gateway, bundle, book, knows, journal, forwarders, busConnected, people, evidence, alarmSettings } =
      this.#parts
    const now = wallClock()
    const devices = deviceList(book, knows.devices, now, knows.timeline)
    const sinks = Object.fromEntries(forwarders.map(({ name, state }) => [name, { ...state }]))
    const failing =
      [...this.#sources.values()].some(({ connected }) => !connected) ||
      forwarders.some(({ state }) => state.failingSince !== undefined || state.refused > 0)
    return {
      status: this.#diskError !== undefined ? 'failing' : failing || !busConnected() ? 'degraded' : 'ok',
      gateway,
      startedAt: isoOf(this.#startedAt),
      model: { name: bundle.manifest.name, hash: bundle.hash, engine: 'typescript' },
      broker: { connected: busConnected() },
      listening: { people: people(), destinations: forwarders.filter(({ reachesPeople }) => reachesPeople).length },
      sources: Object.fromEntries(this.#sources),
      sinks,
      /** What is otherwise than in the table of alarms; who answers for it stands in the heartbeat alone. */
      alarmSettings: withoutNames(alarmSettings),
      outbox: journal.outboxReport(),
      evidence: evidence(),
      ...(this.#diskError !== undefined && { disk: this.#diskError }),
      counts: this.#counts,
      /** What could not be taken as data, by reason. */
      refused: Object.fromEntries(
        [...this.#refused].map(([reason, { count, last }]) => [reason, { count, lastAt: last.at }]),
      ),
      devices: {
        known: devices.length,
        unassigned: devices.filter(({ wearer }) => wearer === undefined).length,
        unassignedItems: [...knows.unassigned.values()].reduce((sum, items) => sum + items, 0),
        lostFrames: devices.reduce((sum, { lostFrames }) => sum + lostFrames, 0),
        duplicates: devices.reduce((sum, { duplicates }) => sum + duplicates, 0),
        /** Whose time is more than a minute from that at which what they measure comes. */
        farClocks: devices.filter(({ clock }) => Math.abs(clock?.offsetMicros ?? 0) > farMicros).length,
      },
    }
  }

  /** The same, and what was refused last, for the heartbeat. */
  fullReport() {
    return {
      ...this.report(),
      alarmSettings: this.#parts.alarmSettings,
      lastRefused: Object.fromEntries([...this.#refused].map(([reason, { last }]) => [reason, last])),
    }
  }
}

function withoutNames(settings: AlarmSettings): object {
  return Object.fromEntries(
    Object.entries(settings).map(([code, { riskAcceptedBy, outOfService, ...rest }]) => [
      code,
      {
        ...rest,
        ...(riskAcceptedBy !== undefined && { riskAccepted: true }),
        ...(outOfService !== undefined && { outOfService: { why: outOfService.why } }),
      },
    ]),
  )
}

/** How a source stands after `item`; `since` is when it last came or went. */
function sourceHealth({ connected, detail, blindMicros, counts }: SourceState, before?: SourceHealth): SourceHealth {
  const now = isoOf(wallClock())
  const lastBlind = blindMicros === undefined ? before?.lastBlind : { until: now, seconds: blindMicros / 1e6 }
  return {
    connected,
    since: before?.connected === connected ? before.since : now,
    ...(detail !== undefined && { detail }),
    ...(lastBlind !== undefined && { lastBlind }),
    ...(counts !== undefined && {
      bytes: counts.bytes,
      reopened: counts.reopened,
      blindSeconds: counts.blindMicros / 1e6,
      droppedBytes: counts.droppedBytes,
    }),
  }
}

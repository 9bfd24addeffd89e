import { signals, type SignalName } from '../firmware-bridge/signals.ts'
import type { Finding, Flow } from './flow.ts'
import { schemaVersion, type AlarmCode, type WearerStatus } from './messages.ts'
import type { AssignmentBook } from './stages/wearers.ts'
import { isoOf, wallClock } from './time.ts'

/** What stands in the way of watching a wearer through one device; the first that is set is told. */
interface Through {
  /** By alarm code and what it is about. */
  links: Map<string, string>
  /** By detector: why it cannot judge now. */
  judgements: Map<string, string>
  /** Something of it was judged since the gateway started. */
  judged: boolean
  hasWaveform: boolean
}

interface Watched {
  devices: Map<string, Through>
  since?: number
  vitals: Map<SignalName, { value: number; at: number; seenAt: number }>
}

/** Vital signs that came longer ago than this are not shown any more, µs of wall clock. */
const staleMicros = 60_000_000

/**
 * Says of every wearer since when somebody's watching, or why not. Of several devices one that watches is enough, and what
 * the others lack is said beside it. Not kept on disk: a gateway that has just started has not been watching.
 */
export class Watch {
  readonly #book: AssignmentBook
  readonly #coverage: (wearer: string) => number
  readonly #earlyWarning: (wearer: string) => WearerStatus['earlyWarning']
  readonly #limits: (wearer: string) => WearerStatus['limits']
  readonly #wearers = new Map<string, Watched>()

  constructor(
    book: AssignmentBook,
    coverage: (wearer: string) => number,
    earlyWarning: (wearer: string) => WearerStatus['earlyWarning'] = () => undefined,
    limits: (wearer: string) => WearerStatus['limits'] = () => undefined,
  ) {
    this.#book = book
    this.#coverage = coverage
    this.#earlyWarning = earlyWarning
    this.#limits = limits
  }

  /** Takes in what passes at the end of the pipeline. */
  see(item: Flow): void {
    if (item.kind !== 'vital' && item.kind !== 'verdict' && item.kind !== 'finding' && item.kind !== 'samples') return
    const watched = this.#of(item.wearer)
    const device = this.#through(watched, item.device)
    switch (item.kind) {
      case 'samples':
        if (item.signal === 'ecg') device.hasWaveform = true
        return
      case 'vital':
        if (item.spare === undefined)
          watched.vitals.set(item.signal, { value: item.value, at: item.sampledAt, seenAt: wallClock() })
        if (device.hasWaveform) break
        // Without a waveform the values themselves are what is judged.
        device.judged = true
        device.judgements.clear()
        break
      case 'verdict':
        if (item.advisory) return
        // A missing signal or a device off the body is told by its finding, which also says when it is back.
        if (item.detector === 'signal-missing' || item.detector === 'off-body') break
        if (item.verdict === 'normal' || item.verdict === 'anomalous') {
          device.judgements.delete(item.detector)
          device.judged = true
        } else if (item.verdict === 'not-assessable') device.judgements.set(item.detector, reasonText(item.reason))
        else device.judgements.set(item.detector, 'warming up: learning this wearer’s normal beat')
        break
      case 'finding':
        noteLink(device, item)
    }
    if (this.#look(watched, item.wearer, item.sampledAt).watches) watched.since ??= item.sampledAt
    else delete watched.since
  }

  status(gateway: string, wearer: string, now: number): WearerStatus {
    const watched = this.#of(wearer)
    const { watches, obstacles } = this.#look(watched, wearer, now)
    if (!watches) delete watched.since
    const vitals = [...watched.vitals].flatMap(([signal, { value, at, seenAt }]) =>
      now - seenAt > staleMicros ? [] : [[signal, { value, unit: signals[signal].unit, at: isoOf(at) }] as const],
    )
    const earlyWarning = this.#earlyWarning(wearer)
    const limits = this.#limits(wearer)
    return {
      schemaVersion,
      gateway,
      id: wearer,
      devices: this.#book.devicesOf(wearer, now),
      ...(watches ? { watchingSince: isoOf(watched.since ?? now) } : { notWatchingBecause: obstacles.join('; ') }),
      ...(watches && obstacles.length > 0 && { watchingWithout: obstacles }),
      coverage: this.#coverage(wearer),
      vitals: Object.fromEntries(vitals),
      ...(earlyWarning !== undefined && { earlyWarning }),
      ...(limits !== undefined && { limits }),
    }
  }

  /** Whether one device watches, and an obstacle for each that does not. */
  #look(watched: Watched, wearer: string, now: number): { watches: boolean; obstacles: string[] } {
    const devices = this.#book.devicesOf(wearer, now)
    if (devices.length === 0) return { watches: false, obstacles: ['no device is assigned'] }
    const obstacles = devices.flatMap((device) => obstacleOf(device, watched.devices.get(device)) ?? [])
    return { watches: obstacles.length < devices.length, obstacles }
  }

  #of(wearer: string): Watched {
    const watched = this.#wearers.get(wearer) ?? { devices: new Map(), vitals: new Map() }
    this.#wearers.set(wearer, watched)
    return watched
  }

  #through(watched: Watched, device: string): Through {
    const through = watched.devices.get(device) ?? {
      links: new Map(),
      judgements: new Map(),
      judged: false,
      hasWaveform: false,
    }
    watched.devices.set(device, through)
    return through
  }
}

function obstacleOf(device: string, through: Through | undefined): string | undefined {
  if (through === undefined) return `nothing heard yet from ${device}`
  const obstacle = [...through.links.values()][0] ?? [...through.judgements.values()][0]
  if (obstacle !== undefined) return `${device}: ${obstacle}`
  return through.judged ? undefined : `${device}: nothing judged yet`
}

const linkTexts: Partial<Record<AlarmCode, string>> = {
  'lead-off': 'electrode off',
  'off-body': 'off the body',
  'no-pulse': 'no pulse in the PPG',
  'device-off': 'switched off',
  'device-silent': 'silent',
  'signal-missing': 'no longer measures',
}

function noteLink(device: Through, { code, about, abnormal }: Finding): void {
  const text = linkTexts[code]
  if (text === undefined) return
  const key = `${code}/${about ?? ''}`
  if (abnormal) device.links.set(key, about === undefined ? text : `${text} ${about}`)
  else device.links.delete(key)
}

function reasonText(reason: string): string {
  return (
    {
      'lead-off': 'electrode off',
      'off-body': 'off the body',
      gap: 'samples are missing',
      saturated: 'signal at its limit',
      noise: 'too much noise',
      motion: 'moving too much',
    }[reason] ?? reason
  )
}

import type { Assignment } from '../messages.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import type { Flow, Stage, Stamp } from '../flow.ts'
import { isoOf } from '../time.ts'

interface Entry {
  /** null: nobody, from this moment on. */
  wearer: string | null
  from?: string | undefined
  to?: string | undefined
}

/**
 * Who wears which device, from one moment to another: the configuration's assignments, and changes made at run time, which
 * are kept on disk and count from their own moment on.
 */
export class AssignmentBook {
  readonly #configured = new Map<string, Entry[]>()
  readonly changes = new KeyedState(plainState<Entry[]>('assignments', 1, () => []))

  constructor(configured: readonly Assignment[]) {
    for (const { device, ...entry } of configured)
      this.#configured.set(device, [...(this.#configured.get(device) ?? []), entry])
  }

  assign({ device, wearer, from, to }: Assignment, now: string): void {
    this.changes.of(device).push({ wearer, from: from ?? now, ...(to !== undefined && { to }) })
  }

  release(device: string, at: string): void {
    this.changes.of(device).push({ wearer: null, from: at })
  }

  /** The wearer of `device` at `at` (µs since the epoch): of the assignments that hold then, the one that began last. */
  wearerOf(device: string, at: number): string | undefined {
    const configured = this.#configured.get(device)
    const changed = this.changes.peek(device)
    // The usual case, many times a second: worn by one, from ever to ever.
    const [only] = configured ?? []
    if (configured?.length === 1 && changed === undefined && only?.from === undefined && only?.to === undefined)
      return only?.wearer ?? undefined
    const moment = isoOf(at)
    let found: Entry | undefined
    for (const entry of this.#entries(device)) {
      const holds = (entry.from ?? '') <= moment && (entry.to === undefined || moment < entry.to)
      if (holds && (found === undefined || (entry.from ?? '') >= (found.from ?? ''))) found = entry
    }
    return found?.wearer ?? undefined
  }

  devicesOf(wearer: string, at: number): string[] {
    return this.devices().filter((device) => this.wearerOf(device, at) === wearer)
  }

  /** Every wearer that has a device now, or had or will have one. */
  wearers(): string[] {
    const names = this.devices().flatMap((device) => this.#entries(device).flatMap(({ wearer }) => wearer ?? []))
    return [...new Set(names)].sort()
  }

  /** Devices that are named in an assignment. */
  devices(): string[] {
    return [...new Set([...this.#configured.keys(), ...[...this.changes.entries()].map(([device]) => device)])].sort()
  }

  /** Every assignment with the span in which it holds or held: a later one, or a release, ends the one before. */
  list(): Assignment[] {
    return this.devices().flatMap((device) => {
      const entries = this.#entries(device).sort((a, b) => ((a.from ?? '') < (b.from ?? '') ? -1 : 1))
      return entries.flatMap(({ wearer, from, to }, index) => {
        const next = entries[index + 1]?.from
        const end = next !== undefined && (to === undefined || next < to) ? next : to
        return wearer === null
          ? []
          : [{ device, wearer, ...(from !== undefined && { from }), ...(end !== undefined && { to: end }) }]
      })
    })
  }

  #entries(device: string): Entry[] {
    return [...(this.#configured.get(device) ?? []), ...(this.changes.peek(device) ?? [])]
  }
}

/**
 * Names the wearer of everything a device measured; what nobody wears is counted and goes no further.
 *
 * @param laterBy how much later than it is stamped an item is in gateway time, µs
 */
export function assignWearer(
  book: AssignmentBook,
  unassigned: Map<string, number>,
  laterBy: (item: Stamp) => number = () => 0,
): Stage {
  return (item, emit) => {
    if (!isStamped(item)) return emit(item)
    const wearer = book.wearerOf(item.device, item.sampledAt + laterBy(item))
    if (wearer !== undefined) {
      // Made by the clock a moment ago, and nobody else's yet.
      item.wearer = wearer
      return emit(item)
    }
    unassigned.set(item.device, (unassigned.get(item.device) ?? 0) + 1)
  }
}

/** Kinds of items that somebody wears. */
export const worn = ['samples', 'vital', 'device-event', 'gap', 'restart', 'clock-step', 'late'] as const

function isStamped(item: Flow): item is Extract<Flow, { kind: (typeof worn)[number] }> {
  return (worn as readonly string[]).includes(item.kind)
}

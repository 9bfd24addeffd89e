import type { PortItem, PortState } from './portItem.ts'

/** What a state is counted as, so that states are bounded like bytes. */
const stateCost = 256

/**
 * Passes items on while the other side takes them. When `limitBytes` are under way, chunks are given up and states summed
 * up, until half of that has been taken; then one state tells how many bytes are missing.
 */
export class Outbox {
  readonly #limit: number
  readonly #send: (item: PortItem) => void
  #underWay = 0
  /** What is to be told when there is room again; undefined: there is room. */
  #held: PortState | undefined
  #last: PortState = { kind: 'state', connected: false }

  constructor(limitBytes: number, send: (item: PortItem) => void) {
    this.#limit = limitBytes
    this.#send = send
  }

  push(item: PortItem): void {
    if (item.kind === 'state') this.#last = item
    if (this.#held === undefined && this.#underWay + costOf(item) <= this.#limit) return this.#pass(item)
    this.#held = held(this.#held ?? standing(this.#last), item)
  }

  /** The other side has taken so much, as counted by `costOf`. */
  taken(cost: number): void {
    this.#underWay -= cost
    if (this.#held === undefined || this.#underWay > this.#limit / 2) return
    const state = this.#held
    this.#held = undefined
    this.#pass(state)
  }

  #pass(item: PortItem): void {
    this.#underWay += costOf(item)
    this.#send(item)
  }
}

/** How much room an item takes, bytes. */
export function costOf(item: PortItem): number {
  return item.kind === 'chunk' ? item.bytes.length : stateCost
}

/** How the port stands, without what has been told once. */
function standing({ connected, detail }: PortState): PortState {
  return { kind: 'state', connected, ...(detail !== undefined && { detail }) }
}

/** One state that says what `before` and `item` say. */
function held(before: PortState, item: PortItem): PortState {
  if (item.kind === 'chunk') return { ...before, droppedBytes: (before.droppedBytes ?? 0) + item.bytes.length }
  const sum = (field: 'blindMicros' | 'reopened' | 'droppedBytes') => {
    const total = (before[field] ?? 0) + (item[field] ?? 0)
    return total > 0 ? { [field]: total } : {}
  }
  return { ...standing(item), ...sum('blindMicros'), ...sum('reopened'), ...sum('droppedBytes') }
}

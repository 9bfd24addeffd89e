/** Versioned, JSON-able state of one key (a device or a wearer), as it stands on disk. */
export interface StateRow {
  part: string
  key: string
  version: number
  json: string
}

/** How a part of the pipeline makes, writes and reads the state of one key. */
export interface StateSpec<T> {
  part: string
  version: number
  create: (key: string) => T
  snapshot: (state: T) => unknown
  restore: (saved: unknown, key: string) => T
}

/**
 * The state that a stage keeps for each device or wearer: made at first use, remembered as changed whenever it is taken
 * with `of`, written by the commit stage and put back after a restart. A row of an unknown version is left out: the
 * key starts afresh, warming up.
 */
export class KeyedState<T> {
  readonly #spec: StateSpec<T>
  readonly #states = new Map<string, T>()
  readonly #changed = new Set<string>()
  /** As it was last taken; true while the key is not among the changed. */
  readonly #taken = new Map<string, StateRow>()

  constructor(spec: StateSpec<T>) {
    this.#spec = spec
  }

  /** The state of `key`, about to be changed. */
  of(key: string): T {
    let state = this.#states.get(key)
    if (state === undefined) this.#states.set(key, (state = this.#spec.create(key)))
    this.#changed.add(key)
    return state
  }

  /** The state of `key` for reading only. */
  peek(key: string): T | undefined {
    return this.#states.get(key)
  }

  get size(): number {
    return this.#states.size
  }

  entries(): IterableIterator<[string, T]> {
    return this.#states.entries()
  }

  forget(key: string): void {
    this.#states.set(key, this.#spec.create(key))
    this.#changed.add(key)
  }

  /** Rows changed since the last call. */
  takeChanged(): StateRow[] {
    const rows = [...this.#changed].map((key) => this.#row(key, this.#states.get(key) as T))
    this.#changed.clear()
    for (const row of rows) this.#taken.set(row.key, row)
    return rows
  }

  /** The row of one key as it stands now, for whoever keeps a copy; it stays as changed as it was. */
  rowOf(key: string): StateRow | undefined {
    const state = this.#states.get(key)
    if (state === undefined) return undefined
    return this.isTaken(key) ? this.#taken.get(key) : this.#row(key, state)
  }

  /** Whether `rowOf` costs nothing: the row was taken, and its state has not changed since, or there is none. */
  isTaken(key: string): boolean {
    return !this.#states.has(key) || (this.#taken.has(key) && !this.#changed.has(key))
  }

  restore(rows: readonly StateRow[]): void {
    for (const row of rows)
      if (row.part === this.#spec.part && row.version === this.#spec.version) {
        this.#taken.delete(row.key)
        try {
          this.#states.set(row.key, this.#spec.restore(JSON.parse(row.json), row.key))
        } catch {
          // Damaged, or of an inner version that this program does not know: the key warms up again.
          this.#states.delete(row.key)
        }
      }
  }

  #row(key: string, state: T): StateRow {
    const { part, version, snapshot } = this.#spec
    return { part, key, version, json: JSON.stringify(snapshot(state)) }
  }
}

/** State that is plain JSON already. */
export function plainState<T>(part: string, version: number, create: (key: string) => T): StateSpec<T> {
  return { part, version, create, snapshot: (state) => state, restore: (saved) => saved as T }
}

/** What commit and evidence need of every `KeyedState`, whatever it holds. */
export type Snapshotted = Pick<KeyedState<unknown>, 'takeChanged' | 'rowOf' | 'isTaken' | 'restore'>

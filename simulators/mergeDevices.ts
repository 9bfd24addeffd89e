interface Head<T> {
  next: T
  rest: Iterator<T>
  /** Place in the given order: decides between items of the same moment, so that the order is always the same. */
  index: number
}

/**
 * What several devices send as one stream in order of time; each device is asked for the next only when its turn comes. A
 * binary heap: with n devices an item costs log n comparisons.
 */
export function* mergeDevices<T extends { atMicros: number }>(
  devices: Iterable<Iterable<T>>,
): Generator<T, void, undefined> {
  const heap: Head<T>[] = []
  let index = 0
  for (const items of devices) {
    const rest = items[Symbol.iterator]()
    const first = rest.next()
    if (!first.done) siftUp(heap, { next: first.value, rest, index: index++ })
  }
  for (let top = heap[0]; top !== undefined; top = heap[0]) {
    yield top.next
    const following = top.rest.next()
    if (!following.done) {
      top.next = following.value
      siftDown(heap, top)
      continue
    }
    const last = heap.pop()
    if (last && last !== top) siftDown(heap, last)
  }
}

function before<T extends { atMicros: number }>(a: Head<T>, b: Head<T>): boolean {
  return a.next.atMicros !== b.next.atMicros ? a.next.atMicros < b.next.atMicros : a.index < b.index
}

function siftUp<T extends { atMicros: number }>(heap: Head<T>[], head: Head<T>): void {
  let at = heap.push(head) - 1
  while (at > 0) {
    const above = (at - 1) >> 1
    const parent = heap[above]
    if (!parent || !before(head, parent)) break
    heap[at] = parent
    at = above
  }
  heap[at] = head
}

/** Puts `head` at the root, whose place is free, and lets it sink to where it belongs. */
function siftDown<T extends { atMicros: number }>(heap: Head<T>[], head: Head<T>): void {
  let at = 0
  for (;;) {
    const left = heap[2 * at + 1]
    const right = heap[2 * at + 2]
    const smaller = right && left && before(right, left) ? right : left
    if (!smaller || !before(smaller, head)) break
    heap[at] = smaller
    at = smaller === left ? 2 * at + 1 : 2 * at + 2
  }
  heap[at] = head
}

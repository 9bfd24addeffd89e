import type { DeviceRecord } from './sendRecords.ts'
import type { TimedRecord } from './timedRecord.ts'

interface Head {
  device: string
  next: TimedRecord
  rest: Iterator<TimedRecord>
  /** Place in the given order: decides between records of the same moment, so that the order is always the same. */
  index: number
}

/**
 * The records of several devices as one stream in order of their time; each device is asked for a record only when its
 * turn comes. A binary heap: with n devices a record costs log n comparisons.
 */
export function* mergeDevices(
  devices: Iterable<readonly [device: string, records: Iterable<TimedRecord>]>,
): Generator<DeviceRecord, void, undefined> {
  const heap: Head[] = []
  let index = 0
  for (const [device, records] of devices) {
    const rest = records[Symbol.iterator]()
    const first = rest.next()
    if (!first.done) siftUp(heap, { device, next: first.value, rest, index: index++ })
  }
  for (let top = heap[0]; top !== undefined; top = heap[0]) {
    yield { device: top.device, ...top.next }
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

function before(a: Head, b: Head): boolean {
  return a.next.atMicros !== b.next.atMicros ? a.next.atMicros < b.next.atMicros : a.index < b.index
}

function siftUp(heap: Head[], head: Head): void {
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
function siftDown(heap: Head[], head: Head): void {
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

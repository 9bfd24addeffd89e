/**
 * The place of an alarm in time, as nanoseconds since the epoch: its onset in ms, and within that millisecond a figure
 * made of its id. Two alarms of one wearer that begin in the same millisecond so keep apart where time is part of the
 * key (InfluxDB), and a list can be cut between any two of them. 64 bits: a `number` would round it.
 *
 * @param at ISO 8601 UTC with milliseconds
 */
export function ordinal(at: string, id: string): bigint {
  return BigInt(Date.parse(at)) * nanosecondsPerMillisecond + BigInt(fnv1a(id) % 1_000_000)
}

export const nanosecondsPerMillisecond = 1_000_000n

/** FNV-1a, 32 bits (Fowler, Noll, Vo; RFC 9923). */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

/**
 * Reads a cursor that `ordinal` made.
 *
 * @throws where it is anything else
 */
export function readCursor(cursor: string): bigint {
  if (!/^\d{1,19}$/.test(cursor)) throw new Error(`before: expected "next" of an earlier page, received "${cursor}"`)
  return BigInt(cursor)
}

import { Observable } from 'rxjs'
import { count, noCounts } from '../../firmware-bridge/port/portItem.ts'
import { openPort } from '../../firmware-bridge/port/portReader.ts'
import type { Decoded, StreamDecoder } from '../../firmware-bridge/records.ts'
import type { SerialSourceConfig } from '../config.ts'
import type { Input } from '../flow.ts'

/** How often a line that has nothing else to tell says how much it has read, µs. */
const countsEveryMicros = 5_000_000

/**
 * A serial port as arrivals. It is read by a process of its own and opened again after anything; each time a new decoder
 * begins, as what was pending of the old line must not be joined to the new one. Ends only when unsubscribed.
 */
export function serialSource(
  config: SerialSourceConfig,
  decoderOf: (name: string) => StreamDecoder,
): Observable<Input> {
  const { name, device } = config
  return new Observable((subscriber) => {
    const counts = noCounts()
    let decoder = decoderOf(config.decoder)
    let state: { connected: boolean; detail?: string } = { connected: false }
    let toldAt = 0
    return openPort(config).subscribe((item) => {
      count(counts, item)
      if (item.kind === 'chunk') {
        const { bytes, receivedAt } = item
        const records = decoded(decoder, bytes)
        if (records.length > 0) subscriber.next({ kind: 'arrival', source: name, device, receivedAt, records })
        if (Math.abs(receivedAt - toldAt) < countsEveryMicros) return
        toldAt = receivedAt
        subscriber.next({ kind: 'source', source: name, ...state, counts: { ...counts } })
        return
      }
      const { connected, detail, blindMicros } = item
      decoder = decoderOf(config.decoder)
      state = { connected, ...(detail !== undefined && { detail }) }
      const blind = blindMicros === undefined ? {} : { blindMicros }
      subscriber.next({ kind: 'source', source: name, ...state, ...blind, counts: { ...counts } })
    })
  })
}

/** Decoders do not throw; if one does all the same, it costs this chunk and not the line. */
function decoded(decoder: StreamDecoder, bytes: Uint8Array): Decoded[] {
  try {
    return decoder.push(bytes)
  } catch (error) {
    return [{ kind: 'fault', reason: 'bad-value', detail: `decoder: ${String(error)}`, bytes: bytes.slice(0, 64) }]
  }
}

import { Observable } from 'rxjs'
import { SerialPort } from 'serialport'
import type { StreamDecoder } from '../../firmware-bridge/records.ts'
import type { SerialSourceConfig } from '../config.ts'
import type { Input } from '../flow.ts'
import { wallClock } from '../time.ts'

const firstRetryMillis = 500
const longestRetryMillis = 10_000

/**
 * A serial port as arrivals. Opens again, with back-off, whenever the port cannot be opened, fails or goes away; the
 * stream ends only when unsubscribed.
 */
export function serialSource(
  config: SerialSourceConfig,
  decoderOf: (name: string) => StreamDecoder,
): Observable<Input> {
  const { name, path, baudRate, device } = config
  return new Observable((subscriber) => {
    let port: SerialPort | undefined
    let retry: NodeJS.Timeout | undefined
    let wait = firstRetryMillis
    let stopped = false
    const state = (connected: boolean, detail?: string): void =>
      subscriber.next({ kind: 'source', source: name, connected, ...(detail !== undefined && { detail }) })
    const again = (detail: string): void => {
      if (stopped || retry !== undefined) return
      state(false, detail)
      retry = setTimeout(open, wait)
      wait = Math.min(2 * wait, longestRetryMillis)
    }
    const open = (): void => {
      retry = undefined
      // A new line begins: what was pending of the old one must not be joined to it.
      const decoder = decoderOf(config.decoder)
      port = new SerialPort({ path, baudRate, autoOpen: false })
      port.on('data', (chunk: Buffer) => {
        wait = firstRetryMillis
        const records = decoder.push(chunk)
        if (records.length > 0)
          subscriber.next({ kind: 'arrival', source: name, device, receivedAt: wallClock(), records })
      })
      port.on('error', (error) => again(error.message))
      port.on('close', () => again('closed'))
      port.open((error) => (error === null ? state(true) : again(error.message)))
    }
    open()
    return () => {
      stopped = true
      clearTimeout(retry)
      if (port?.isOpen === true) port.close()
    }
  })
}

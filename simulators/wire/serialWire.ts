import { once } from 'node:events'
import { SerialPort } from 'serialport'
import type { Wire } from './wire.ts'
import { WireError } from './wire.ts'

export const defaultBaudRate = 115_200

export interface SerialWireOptions {
  baudRate?: number
  /** Ends the waiting for room, which may otherwise last until somebody reads. */
  signal?: AbortSignal | undefined
}

/** Messages one after the other on a serial port (or a pseudo terminal), as fast as it takes them. */
export async function openSerialWire(path: string, options: SerialWireOptions = {}): Promise<Wire> {
  const { baudRate = defaultBaudRate, signal } = options
  const shown = `serial:${path}`
  const port = new SerialPort({ path, baudRate, autoOpen: false })
  const called = (start: (done: (error: Error | null | undefined) => void) => void) =>
    new Promise<void>((resolve, reject) => {
      start((error) => (error ? reject(new WireError(shown, error.message)) : resolve()))
    })
  await called((done) => port.open(done))
  let failure: WireError | undefined
  port.on('error', (error: Error) => (failure ??= new WireError(shown, error.message)))
  port.on('close', (error: Error | null) => {
    if (error) failure ??= new WireError(shown, error.message)
    // Whoever waits for room would wait for ever.
    port.emit('drain')
    written()
  })
  // The stream keeps up to 64 kB of its own, which the port's drain() does not know of.
  let unwritten = 0
  let allWritten: (() => void) | undefined
  const written = () => {
    if (port.isOpen && unwritten > 0) return
    allWritten?.()
    allWritten = undefined
  }
  return {
    async send(_device, message) {
      if (failure) throw failure
      if (!port.isOpen) throw new WireError(shown, 'expected an open port, received a closed one')
      unwritten++
      const room = port.write(message, () => {
        unwritten--
        written()
      })
      if (!room) await once(port, 'drain', signal ? { signal } : {})
    },
    async close(how) {
      if (!port.isOpen) {
        if (failure && how === 'confirmed') throw failure
        return
      }
      if (how === 'confirmed') {
        signal?.addEventListener('abort', () => port.close(), { once: true })
        if (unwritten > 0) await new Promise<void>((resolve) => (allWritten = resolve))
        if (!port.isOpen) throw failure ?? new WireError(shown, 'closed before everything was written')
        await called((done) => port.drain(done))
      } else {
        await called((done) => port.flush(done))
      }
      await called((done) => port.close(done))
    },
  }
}

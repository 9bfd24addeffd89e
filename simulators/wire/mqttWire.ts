import { setTimeout as sleep } from 'node:timers/promises'
import { connectAsync } from 'mqtt'
import type { Wire } from './wire.ts'
import { WireError } from './wire.ts'

export interface MqttWireOptions {
  /** `{device}` stands for the device's id. */
  topic?: string
  /** 1 by default: until it is acknowledged. 0: at most once, and cheaper for both ends. */
  qos?: 0 | 1
  /** Messages sent and not yet acknowledged by the broker. */
  maxInFlight?: number
  connectTimeoutMillis?: number
  /** Ends the waiting for room or for acknowledgements, which may otherwise last until the broker is back. */
  signal?: AbortSignal | undefined
}

/** The topic tells what the payload is. */
export const defaultTopic = (as: 'frame' | 'json') => `wearables/{device}/${as}`
/** How long outstanding acknowledgements are waited for when closing at once. */
const farewellMillis = 300

/**
 * Messages, with QoS 1 unless told otherwise. A lost connection is taken up again and what was not
 * acknowledged is sent again; meanwhile at most `maxInFlight` messages are kept and `send` waits.
 */
export async function openMqttWire(url: string, options: MqttWireOptions = {}): Promise<Wire> {
  const { topic = defaultTopic('frame'), qos = 1, maxInFlight = 200, connectTimeoutMillis = 5000, signal } = options
  const shown = withoutSecrets(url)
  const client = await connectAsync(url, { connectTimeout: connectTimeoutMillis, clean: true }, false).catch(
    (error: unknown) => {
      throw new WireError(shown, `expected a broker, received ${reason(error)}`)
    },
  )
  const topics = new Map<string, string>()
  let inFlight = 0
  let failure: Error | undefined
  let changed: (() => void) | undefined
  const change = () => {
    changed?.()
    changed = undefined
  }
  // The client reconnects by itself; without a listener its errors would end the process.
  client.on('error', () => undefined)

  signal?.addEventListener('abort', change, { once: true })

  const until = async (reached: () => boolean) => {
    while (!reached() && failure === undefined && !signal?.aborted) {
      await new Promise<void>((resolve) => (changed = resolve))
    }
    if (failure !== undefined) throw failure
    if (!reached()) throw new WireError(shown, 'interrupted')
  }
  return {
    async send(device, message) {
      let name = topics.get(device)
      if (name === undefined) topics.set(device, (name = topic.replaceAll('{device}', device)))
      if (inFlight >= maxInFlight || failure !== undefined) await until(() => inFlight < maxInFlight)
      inFlight++
      client.publish(name, message as Buffer, { qos }, (error) => {
        inFlight--
        if (error) failure ??= new WireError(shown, error.message)
        change()
      })
    },
    async close(how) {
      try {
        if (how === 'confirmed') await until(() => inFlight === 0)
        // A broker that is there answers at once; one that is not is not waited for.
        else if (client.connected) await settled(() => inFlight === 0, farewellMillis)
      } finally {
        signal?.removeEventListener('abort', change)
        await client.endAsync(inFlight > 0)
      }
    },
  }
}

async function settled(reached: () => boolean, withinMillis: number): Promise<void> {
  const deadline = performance.now() + withinMillis
  while (!reached() && performance.now() < deadline) await sleep(10)
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // A refused connection to a name with several addresses has an empty message and the cause in its code.
  return (error as NodeJS.ErrnoException).code ?? error.message
}

/** The address without user name and password, for messages. */
export function withoutSecrets(url: string): string {
  const parsed = new URL(url)
  parsed.username = ''
  parsed.password = ''
  return parsed.toString()
}

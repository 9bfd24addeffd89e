import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { openStore } from '../../cloud/openStore.ts'
import { startBroker } from '../../cloud/testing/standInGateway.ts'
import { gatewayFileSchema, loadModels } from '../../edge/cli/gateway.ts'
import { Gateway } from '../../edge/gateway.ts'
import { decoders } from '../../firmware-bridge/decoders.ts'

/**
 * A gateway in this process, on a real broker (aedes) and a store of its own, named `gw`.
 *
 * @param ends what to call in the end, in this order
 * @param options more of the configuration
 */
export async function startGatewayHere(ends: (() => unknown)[], options: object = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'vital-edge-here-'))
  ends.push(() => rmSync(folder, { recursive: true }))
  const broker = await startBroker()
  ends.unshift(() => broker.stop())
  const config = gatewayFileSchema.parse({
    schemaVersion: 1,
    gateway: 'gw',
    dataDirectory: folder,
    mqtt: { url: broker.url },
    store: { kind: 'embedded', file: join(folder, 'store.db') },
    ...options,
  })
  const store = openStore(config.store)
  ends.unshift(() => store.stop())
  const gateway = new Gateway({
    config,
    ...(await loadModels({})),
    sinks: [store.sink],
    messageDecoder: () => decoders.frame,
    streamDecoder: () => decoders.frame.stream(),
    log: pino({ level: 'silent' }),
  })
  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => (stopped ??= gateway.stop())
  ends.unshift(stop)
  return { broker, store, gateway, stop }
}

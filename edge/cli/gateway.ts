import type { KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { pino } from 'pino'
import { httpSchema, storeSchema } from '../../cloud/config.ts'
import { Live } from '../../cloud/live.ts'
import { openStore } from '../../cloud/openStore.ts'
import { tokensOf } from '../../cloud/roles.ts'
import { isLoopback } from '../../cloud/security.ts'
import { startCloud } from '../../cloud/server.ts'
import type { Store } from '../../cloud/store/store.ts'
import { decoderNames, decoders, type Decoder, type DecoderName } from '../../firmware-bridge/decoders.ts'
import type { StreamDecoder } from '../../firmware-bridge/records.ts'
import { readPublicKey } from '../../models/bundle/signature.ts'
import { loadBundle, type Bundle } from '../../models/bundle.ts'
import { shippedBundle } from '../../models/shippedBundle.ts'
import { startBroker } from '../broker.ts'
import { gatewaySchema } from '../config.ts'
import { ConfigError, loadConfigFile } from '../configFile.ts'
import { Gateway } from '../gateway.ts'
import { startHealthServer } from '../healthServer.ts'
import { untilStopped } from './untilStopped.ts'

/** What stands in the file of `vital-edge gateway --config`; `gateway.example.yaml` explains every option. */
export const gatewayFileSchema = gatewaySchema({
  http: httpSchema.prefault({}),
  store: storeSchema.prefault({ kind: 'embedded', file: join('vital-edge-data', 'store.db') }),
  decoders: decoderNames as [DecoderName, ...DecoderName[]],
})
/** How long each part may take to stop, ms. */
const stopMillis = 2500

type Config = ReturnType<typeof loadGatewayConfig>

/** Reads a gateway's configuration. Throws a ConfigError that says what is wrong where. */
export function loadGatewayConfig(path: string) {
  const config = loadConfigFile(path, gatewayFileSchema)
  if (!isLoopback(config.http.host) && tokensOf(config.http).length === 0)
    throw new ConfigError(
      `${path}: http.token: expected a token, as http.host is not a loopback address, received nothing`,
    )
  for (const { name, fromLevel } of config.sinks)
    if (fromLevel > config.escalation.length)
      throw new ConfigError(
        `${path}: sinks (${name}): fromLevel: expected at most ${config.escalation.length}, the number of steps under escalation, received ${fromLevel}`,
      )
  for (const { decoder, name } of config.sources.serial)
    if (streamOf(decoder) === undefined)
      throw new ConfigError(
        `${path}: sources.serial (${name}): expected one of ${decoderNames.filter((known) => streamOf(known) !== undefined).join(', ')}, received "${decoder}"`,
      )
  return config
}

export function registerGateway(program: Command): void {
  program
    .command('gateway')
    .description('read devices, judge, alarm, forward')
    .requiredOption('--config <file>', 'YAML file')
    .addHelpText('after', '\nExample:\n  $ vital-edge gateway --config /etc/vital-edge/gateway.yaml')
    .action(async ({ config }: { config: string }) => {
      const stop = await startGateway(loadGatewayConfig(config))
      await untilStopped()
      await stop()
      // A peer that does not answer may hold a socket open; everything that matters is done.
      process.exit()
    })
  program
    .command('check-config <file>')
    .description('say what is wrong with a gateway’s configuration')
    .addHelpText('after', '\nExample:\n  $ vital-edge check-config /etc/vital-edge/gateway.yaml')
    .action((file: string) => {
      loadGatewayConfig(file)
      process.stdout.write(`${file}: all right\n`)
    })
}

/** Starts broker (if configured), store, gateway, and dashboard or `/healthz`; gives the function that stops them. */
async function startGateway(config: Config): Promise<() => Promise<void>> {
  const log = pino({ level: process.env['VITAL_EDGE_LOG'] ?? 'info' })
  // In this order: what the gateway still knows must be on disk before anything else is waited for.
  const stops: Record<'gateway' | 'web' | 'store' | 'broker', (() => Promise<void>) | undefined> = {
    gateway: undefined,
    web: undefined,
    store: undefined,
    broker: undefined,
  }
  const stop = async (): Promise<void> => {
    for (const end of Object.values(stops)) await Promise.race([end?.(), sleep(stopMillis, undefined, { ref: false })])
  }
  try {
    if (config.broker !== undefined) stops.broker = (await startBroker(config.broker)).stop
    const models = await loadModels(config)
    const store = openStore(config.store)
    stops.store = () => store.stop()
    const gateway = new Gateway({
      config,
      ...models,
      sinks: [store.sink],
      messageDecoder: (name) => decoders[name as DecoderName],
      streamDecoder: (name) => streamOf(name) as StreamDecoder,
      log,
    })
    stops.gateway = () => gateway.stop()
    gateway.start()
    const web = await startWeb(config, store, gateway)
    stops.web = () => web.stop()
    log.info(`${config.dashboard ? 'dashboard' : 'health'} at ${web.url}`)
    return stop
  } catch (error) {
    await stop()
    throw error
  }
}

/** The models that a gateway's configuration names. @throws BundleError for one that must not run. */
export async function loadModels({
  model,
  vitalsModel,
  ppgModel,
  modelPublicKey,
}: Pick<Config, 'model' | 'vitalsModel' | 'ppgModel' | 'modelPublicKey'>): Promise<
  Record<'bundle' | 'vitalsBundle' | 'ppgBundle', Bundle>
> {
  const demands = modelPublicKey === undefined ? {} : { publicKey: await configuredKey(modelPublicKey) }
  return {
    bundle: await loadBundle(model ?? shippedBundle('ecg-beat'), { ...demands, kind: 'ecg-beat' }),
    vitalsBundle: await loadBundle(vitalsModel ?? shippedBundle('vitals'), { ...demands, kind: 'vitals' }),
    ppgBundle: await loadBundle(ppgModel ?? shippedBundle('ppg-quality'), { ...demands, kind: 'ppg-window' }),
  }
}

async function configuredKey(file: string): Promise<KeyObject> {
  try {
    return await readPublicKey(file)
  } catch (error) {
    throw new ConfigError(`modelPublicKey: ${(error as Error).message}`)
  }
}

function startWeb(config: Config, store: Store, gateway: Gateway): Promise<{ url: string; stop(): Promise<void> }> {
  const health = (): object => gateway.health.report()
  if (!config.dashboard) return startHealthServer(config.http, health)
  return startCloud({ store, live: new Live({ ...config.mqtt, gateway: config.gateway }), http: config.http, health })
}

function streamOf(name: string): StreamDecoder | undefined {
  return (decoders[name as DecoderName] as Decoder).stream?.()
}

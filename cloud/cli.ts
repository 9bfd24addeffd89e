import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { InvalidArgumentError, Option } from 'commander'
import { ConfigError, loadConfigFile } from '../edge/configFile.ts'
import { assignmentSchema } from '../edge/messages.ts'
import { ApiClient } from './apiClient.ts'
import type { Answer } from './apiClient.ts'
import { cloudConfigSchema } from './config.ts'
import { Live } from './live.ts'
import { openStore } from './openStore.ts'
import { describe } from './problem.ts'
import { makeToken, roles, tokenSchema } from './roles.ts'
import type { Role } from './roles.ts'
import { isLoopback } from './security.ts'
import { startCloud } from './server.ts'
import { assignmentRows, deviceRows, table, wearerRows } from './tables.ts'

/** Adds `cloud`, `wearers` and `devices` to the program. Exit codes: 0 done, 1 failed, 2 wrong use. */
export function registerCloudCommands(program: Command): void {
  program
    .command('cloud')
    .description('serve the dashboard and its API over a store and the gateways of a broker')
    .requiredOption('--config <file>', 'YAML file; cloud.example.yaml explains every option')
    .option('--json', 'print one JSON object once it listens')
    .addHelpText('after', '\nExample:\n  $ vital-edge cloud --config /etc/vital-edge/cloud.yaml')
    .action(run)

  program
    .command('token')
    .description('make a token for the dashboard and its API; only its hash stands in the configuration')
    .argument('<name>', 'whose it is, such as ward-7-wall', tokenName)
    .addOption(new Option('--role <role>', 'what it allows').choices(roles).makeOptionMandatory())
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  $ vital-edge token ward-7-wall --role viewer')
    .action((name: string, { role, json }: { role: Role; json?: boolean }) => {
      const { token, hash } = makeToken()
      const lines = `    - name: ${name}\n      role: ${role}\n      hash: ${hash}\n`
      const told = `The token, shown this once: ${token}\nPut this under http.tokens and start again:\n${lines}`
      process.stdout.write(json ? `${JSON.stringify({ name, role, token, hash })}\n` : told)
    })

  const wearers = program.command('wearers').description('who wears what')
  withServer(wearers.command('ls').description('list wearers: who is watched, since when, or why not'))
    .addHelpText('after', '\nExample:\n  $ vital-edge wearers ls --json')
    .action((options: ServerOptions) => answer(options, () => client(options).get('/api/wearers'), wearerRows))
  withServer(wearers.command('assign').description('assign a device to a wearer from one moment on'))
    .argument('<device>')
    .argument('<wearer>')
    .option('--from <time>', 'ISO 8601; now where absent', instant)
    .option('--to <time>', 'ISO 8601, exclusive; until further notice where absent', instant)
    .option('--gateway <id>', 'where several gateways could be meant')
    .addHelpText('after', '\nExample:\n  $ vital-edge wearers assign chest-7a wearer-01 --from 2026-01-31T08:00:00Z')
    .action(
      (device: string, wearer: string, options: ServerOptions & { from?: string; to?: string; gateway?: string }) => {
        const { from, to, gateway } = options
        const body = { device, wearer, from, to }
        const checked = assignmentSchema.safeParse(body)
        if (!checked.success) return wrongUse(describe(checked.error, body))
        return answer(options, () => client(options).post('/api/assignments', { ...body, gateway }), assignmentRows)
      },
    )
  withServer(wearers.command('release').description('end the assignment of a device'))
    .argument('<device>')
    .option('--at <time>', 'ISO 8601; now where absent', instant)
    .option('--gateway <id>', 'where several gateways could be meant')
    .addHelpText('after', '\nExample:\n  $ vital-edge wearers release chest-7a')
    .action((device: string, options: ServerOptions & { at?: string; gateway?: string }) => {
      const { at, gateway } = options
      const path = `/api/devices/${encodeURIComponent(device)}/release`
      return answer(options, () => client(options).post(path, { at, gateway }), assignmentRows)
    })

  const devices = program.command('devices').description('the devices that gateways hear')
  withServer(devices.command('ls').description('list devices, whom they are assigned to, and what was lost'))
    .addHelpText('after', '\nExample:\n  $ vital-edge devices ls --url http://192.168.1.20:8080 --token "$TOKEN"')
    .action((options: ServerOptions) => answer(options, () => client(options).get('/api/devices'), deviceRows))
}

interface ServerOptions {
  url: string
  token?: string
  json?: boolean
}

function withServer(command: Command): Command {
  return command
    .option('--url <url>', 'where the dashboard is served', address, 'http://127.0.0.1:8080')
    .option('--token <token>', 'http.token of its configuration; VITAL_EDGE_TOKEN where absent')
    .option('--json', 'print JSON')
}

function client({ url, token }: ServerOptions): ApiClient {
  return new ApiClient(url, token ?? process.env['VITAL_EDGE_TOKEN'])
}

async function answer(
  options: ServerOptions,
  ask: () => Promise<Answer>,
  rows: (body: Answer) => string[][],
): Promise<void> {
  try {
    const body = await ask()
    process.stdout.write(options.json ? `${JSON.stringify(body)}\n` : table(rows(body)))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}

function wrongUse(lines: string[]): void {
  process.stderr.write(`${lines.join('\n')}\n`)
  process.exitCode = 2
}

function instant(text: string): string {
  const at = Date.parse(text)
  if (!/^\d{4}-\d\d-\d\dT/.test(text) || Number.isNaN(at)) {
    throw new InvalidArgumentError('expected a time such as 2026-01-31T08:00:00Z')
  }
  return new Date(at).toISOString()
}

function tokenName(text: string): string {
  const checked = tokenSchema.shape.name.safeParse(text)
  if (!checked.success) throw new InvalidArgumentError(`expected ${checked.error.issues[0]?.message}`)
  return text
}

function address(text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text)) throw new InvalidArgumentError('expected http://host:port')
  return text
}

async function run({ config: file, json }: { config: string; json?: boolean }): Promise<void> {
  if (!existsSync(file)) return wrongUse([`--config: expected a file, received "${file}", which is not there`])
  let config
  try {
    config = loadConfigFile(file, cloudConfigSchema)
  } catch (error) {
    if (error instanceof ConfigError) return wrongUse([error.message])
    throw error
  }
  const { http, mqtt, store: storeOptions, silentAfterSeconds } = config
  const log = (line: string) => process.stderr.write(`${new Date().toISOString()} ${line}\n`)
  if (!isLoopback(http.host) && http.tls === undefined)
    log('http.tls: not set, so the token crosses the network readably')
  if (http.audit === undefined) log('http.audit: not set, so who acknowledged and changed what is forgotten at the end')
  const store = openStore(storeOptions)
  let cloud
  try {
    cloud = await startCloud({ store, live: new Live(mqtt), http, log, silentAfterMs: silentAfterSeconds * 1000 })
  } catch (error) {
    await store.stop()
    log(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
    return
  }
  process.stdout.write(json ? `${JSON.stringify({ url: cloud.url })}\n` : `Dashboard: ${cloud.url}\n`)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await cloud.stop()
  await store.stop()
}

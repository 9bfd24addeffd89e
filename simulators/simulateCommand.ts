import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { unsignedArgument, wholeSecondsArgument } from './arguments.ts'
import { fixedStart } from './fixedStart.ts'
import type { FleetRun } from './fleet/fleetDevices.ts'
import { preparedFleet } from './fleet/preparedFleet.ts'
import { readPreparedFile } from './fleet/preparedFile.ts'
import { syntheticFleet } from './fleet/syntheticFleet.ts'
import { onWire } from './onWire.ts'
import { ScenarioError, builtInScenario, readScenario } from './scenario.ts'
import { listScenarios } from './scenario/library.ts'
import { scenarioDevices } from './scenario/run.ts'
import { sendMessages } from './sendMessages.ts'
import { runSimulation } from './simulate.ts'
import type { WireFlags } from './wireFlags.ts'
import { exitCodes, wireOf, withWireOptions } from './wireFlags.ts'

type SimulateFlags = WireFlags & {
  seed?: number
  for?: number
  truth?: string
  annotations?: string
  wearers?: number
  from?: string
  list?: true
}

const fleetName = 'fleet'
const mostWearers = 99_999
/** With a thousand devices something is always due: to be woken less often saves the sender's time. */
const fleetSleepMillis = 100
const fleetSeed = 1

/** Adds `simulate` to `program`. `reported` runs what may fail and says why in a line. */
export function registerSimulate(
  program: Command,
  write: (line: string) => void,
  reported: (run: () => Promise<void>) => Promise<void>,
): void {
  const simulate = program
    .command('simulate')
    .description('send what synthetic wearers measure')
    .argument('[scenario]', `a YAML file, a name that --list shows, or "${fleetName}" for many wearers alike`)
  withWireOptions(simulate, 'asked-for-later')
    .option('--seed <n>', "in place of the scenario's own: other persons", unsignedArgument)
    .option('--for <seconds>', "stop after so much stream time; by default the scenario's length", wholeSecondsArgument)
    .option('--truth <file>', 'what happened, as JSON lines')
    .option('--annotations <dir>', 'beats and events as WFDB annotations')
    .option('--wearers <n>', `${fleetName}: how many`, wearersArgument)
    .option('--from <file>', `${fleetName}: each device sends what this file of frames holds`)
    .option('--list', 'say which scenarios come with the program')
    .addHelpText(
      'after',
      `
Example:
  $ vital-edge simulate demo --to mqtt://localhost --for 120
  $ vital-edge simulate slow-haemorrhage --to mqtt://localhost --speed 60 --truth truth.jsonl
  $ vital-edge simulate ${fleetName} --wearers 1000 --to mqtt://localhost

The start is "now"; into a file it is the scenario's own, so that the same seed gives the same bytes.
${exitCodes}`,
    )
    .action(async (name: string | undefined, flags: SimulateFlags, command: Command) => {
      if (flags.list) return writeList(write)
      const wrong = wrongUse(name, flags)
      if (wrong !== undefined) command.error(`error: ${wrong}`, { exitCode: 2 })
      await reported(() => (name === fleetName ? sendFleet(flags, write) : sendScenario(name ?? '', flags, write)))
    })
}

async function writeList(write: (line: string) => void): Promise<void> {
  const scenarios = await listScenarios()
  const width = Math.max(...scenarios.map(({ name }) => name.length))
  for (const { name, about } of scenarios) write(`${name.padEnd(width)}  ${about}\n`)
}

function wrongUse(name: string | undefined, flags: SimulateFlags): string | undefined {
  if (name === undefined) return 'expected a scenario; --list says which there are'
  if ((flags.to as string | undefined) === undefined) return '--to: expected where to send it'
  if (flags.as === 'json' && flags.to.startsWith('serial:'))
    return '--as json: expected a wire with messages (mqtt, file), received a serial line'
  const isFleet = name === fleetName
  const ofFleet = flags.wearers !== undefined || flags.from !== undefined
  if (!isFleet) return ofFleet ? `--wearers and --from: expected with "${fleetName}", received "${name}"` : undefined
  if (flags.wearers === undefined) return `--wearers: needed with "${fleetName}"`
  if (flags.truth !== undefined || flags.annotations !== undefined)
    return `--truth and --annotations: expected with a scenario, received "${fleetName}", to whom nothing happens`
  if (flags.from !== undefined && flags.as !== 'frame') return `--from: expected --as frame, received --as ${flags.as}`
  return endless(flags) && flags.for === undefined ? endNeeded : undefined
}

const endless = ({ to, speed }: WireFlags) => to.startsWith('file:') || speed === 'max'
const endNeeded = '--for is needed with a file or with --speed max'

async function sendScenario(name: string, flags: SimulateFlags, write: (line: string) => void): Promise<void> {
  const scenario = await readScenario(/[./\\]/.test(name) ? name : builtInScenario(name))
  const seconds = flags.for ?? (scenario.length === undefined ? undefined : Math.ceil(scenario.length))
  if (seconds === undefined && endless(flags)) throw new ScenarioError(`${name} has no length: ${endNeeded}`)
  const { seed, as, truth, annotations } = flags
  const run = { name, seed, as, seconds, truth, annotations, startEpochMicros: startOf(flags, scenario.start) }
  const devices = scenarioDevices(scenario, run)
  await onWire({
    ...wireOf(flags),
    write,
    totalSeconds: seconds,
    opening: devices.map(({ wearer, device, bootId }) => `${wearer} wears device ${device}, boot id ${bootId}.`),
    summary: { seed: seed ?? scenario.seed },
    send: (wire, options) => runSimulation(scenario, wire, { ...options, ...run }),
  })
}

async function sendFleet(flags: SimulateFlags, write: (line: string) => void): Promise<void> {
  const { wearers = 1, seed = fleetSeed, for: seconds, from, as } = flags
  const run: FleetRun = { wearers, seed, seconds, startEpochMicros: startOf(flags, fixedStart) }
  const streams = from === undefined ? undefined : await readPreparedFile(from)
  await onWire({
    ...wireOf(flags),
    write,
    totalSeconds: seconds,
    opening: [`${wearers} wearers, devices ${fleetName}-00001 to ${fleetName}-${String(wearers).padStart(5, '0')}.`],
    summary: { seed, wearers },
    send: (wire, options) =>
      sendMessages(streams ? preparedFleet(streams, run) : syntheticFleet(run, as), wire, {
        ...options,
        leastSleepMillis: fleetSleepMillis,
      }),
  })
}

/** Time of day at tick 0, integer µs: into a file `written`, so that the same seed gives the same bytes; otherwise now. */
function startOf({ start, to }: WireFlags, written: string): number {
  if (start !== 'auto') return start
  return to.startsWith('file:') ? Date.parse(written) * 1000 : Date.now() * 1000
}

function wearersArgument(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1 && value <= mostWearers) return value
  throw new InvalidArgumentError(`expected a whole number from 1 to ${mostWearers}, received "${text}"`)
}

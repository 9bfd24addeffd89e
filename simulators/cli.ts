import type { Command } from 'commander'
import { Option } from 'commander'
import { deviceIdPattern } from '../firmware-bridge/deviceId.ts'
import type { SignalName } from '../firmware-bridge/signals.ts'
import {
  deviceArgument,
  positiveArgument,
  signalsArgument,
  speedArgument,
  startArgument,
  topicArgument,
  unsignedArgument,
  wholeSecondsArgument,
  wireArgument,
} from './arguments.ts'
import { onWire } from './onWire.ts'
import { inspectRecording } from './inspect.ts'
import type { OpenOptions } from './recordings/recording.ts'
import { openRecording } from './recordings/recording.ts'
import { freshBootId, replay, replayStartMicros } from './replay.ts'
import { ScenarioError, builtInScenario, readScenario, scenarioDevices } from './scenario.ts'
import { runSimulation } from './simulate.ts'
import { defaultTopic } from './wire/mqttWire.ts'
import type { Speed } from './wire/pace.ts'
import { defaultBaudRate } from './wire/serialWire.ts'

interface WireFlags {
  to: string
  speed: Speed
  topic: string
  baud: number
  start: number | 'auto'
  json?: true
}

interface RecordingFlags {
  signals?: Map<string, SignalName>
  rate?: number
  annotator?: string
}

type ReplayFlags = WireFlags & RecordingFlags & { device?: string; bootId?: number; fresh?: true; limit?: number }
type SimulateFlags = WireFlags & { seed?: number; for?: number }

const exitCodes = '\nExit code 0: done or interrupted; 1: failed; 2: wrong use.'

/** Adds `replay`, `simulate` and `inspect` to `program`. `write` takes whole lines for standard output. */
export function registerSimulatorCommands(
  program: Command,
  write: (line: string) => void = (line) => process.stdout.write(line),
): void {
  const replayCommand = program
    .command('replay')
    .description('send a recording as if a wearable measured it')
    .argument('<recording>', 'a WFDB record (mitdb/208) or a CSV file')
  withRecordingOptions(withWireOptions(replayCommand))
    .option('--device <id>', 'device id; by default the name of the recording', deviceArgument)
    .option('--boot-id <n>', 'by default made of the recording, the same each time', unsignedArgument)
    .option('--fresh', 'a new random boot id, so that a gateway takes the recording once more')
    .option('--limit <seconds>', 'stop after so much of the recording', positiveArgument)
    .addHelpText(
      'after',
      `
Example:
  $ vital-edge replay mitdb/208 --to mqtt://localhost --speed 10 --limit 300
  $ vital-edge replay run.csv --rate 125 --signals ecg=ecg,ppg1=ppg --to serial:/dev/ttyS1
${exitCodes}`,
    )
    .action(async (path: string, flags: ReplayFlags, command: Command) => {
      if (flags.fresh && flags.bootId !== undefined) {
        command.error('error: --fresh and --boot-id exclude each other', { exitCode: 2 })
      }
      await reported(async () => {
        const recording = await openRecording(path, openOptions(flags))
        const device = flags.device ?? deviceNamed(recording.name)
        const bootId = flags.fresh ? freshBootId() : (flags.bootId ?? recording.fingerprint)
        const seconds = Math.min(recording.durationSeconds, flags.limit ?? Infinity)
        const startEpochMicros =
          flags.start === 'auto' ? replayStartMicros(Date.now() * 1000, seconds, flags.speed) : flags.start
        const identity = `device ${device}, boot id ${bootId}`
        const warning = `A gateway that has seen this stream (${identity}) drops it as duplicate`
        const hint = flags.fresh || flags.bootId !== undefined ? '.' : '; --fresh makes it new.'
        await onWire({
          ...wireOf(flags),
          write,
          totalSeconds: seconds,
          opening: [`Replaying ${recording.name}, ${seconds.toFixed(1)} s, as ${identity}.`, warning + hint],
          summary: { devices: [{ device, bootId }] },
          send: (wire, options) =>
            replay(recording, wire, {
              ...options,
              device,
              bootId,
              startEpochMicros,
              signals: flags.signals,
              limitSeconds: flags.limit,
            }),
        })
      })
    })

  const simulateCommand = program
    .command('simulate')
    .description('send what synthetic wearers measure')
    .argument('<scenario>', 'a YAML file, or "demo" for the one that comes with the program')
  withWireOptions(simulateCommand)
    .option('--seed <n>', "in place of the scenario's own: other persons", unsignedArgument)
    .option('--for <seconds>', 'stop after so much stream time; without it only Ctrl-C ends it', wholeSecondsArgument)
    .addHelpText(
      'after',
      `
Example:
  $ vital-edge simulate demo --to mqtt://localhost --for 120

The start is "now"; into a file it is the scenario's own, so that the same seed gives the same bytes.
${exitCodes}`,
    )
    .action(async (name: string, flags: SimulateFlags, command: Command) => {
      const toFile = flags.to.startsWith('file:')
      if (flags.for === undefined && (toFile || flags.speed === 'max')) {
        command.error('error: --for is needed with a file or with --speed max', { exitCode: 2 })
      }
      await reported(async () => {
        const scenario = await readScenario(/[./\\]/.test(name) ? name : builtInScenario(name))
        const auto = toFile ? Date.parse(scenario.start) * 1000 : Date.now() * 1000
        const run = {
          seed: flags.seed,
          startEpochMicros: flags.start === 'auto' ? auto : flags.start,
          seconds: flags.for,
        }
        const devices = scenarioDevices(scenario, run)
        await onWire({
          ...wireOf(flags),
          write,
          totalSeconds: flags.for,
          opening: devices.map(({ wearer, device, bootId }) => `${wearer} wears device ${device}, boot id ${bootId}.`),
          summary: { seed: run.seed ?? scenario.seed, devices },
          send: (wire, options) => runSimulation(scenario, wire, { ...options, ...run }),
        })
      })
    })

  const inspectCommand = program
    .command('inspect')
    .description('say what is in a recording, and check it against its own checksums')
    .argument('<recording>', 'a WFDB record (mitdb/208) or a CSV file')
    .option('--json', 'one JSON object')
  withRecordingOptions(inspectCommand)
    .addHelpText('after', `\nExample:\n  $ vital-edge inspect mitdb/208 --json\n${exitCodes}`)
    .action(async (path: string, flags: RecordingFlags & { json?: true }) => {
      await reported(async () => {
        const found = await inspectRecording(await openRecording(path, openOptions(flags)))
        if (flags.json) return write(`${JSON.stringify(found)}\n`)
        write(
          `${found.name}: ${found.format}, ${found.durationSeconds.toFixed(2)} s, start ${found.startTime ?? 'unknown'}\n`,
        )
        for (const { name, unit, rateHz, samples, signal, checksum } of found.channels) {
          const sum = checksum === null ? '' : `, checksum ${checksum}`
          write(
            `  ${name}: ${samples} samples at ${rateHz} Hz in ${unit}${sum}${signal ? `, taken as ${signal}` : ''}\n`,
          )
        }
        for (const [code, count] of Object.entries(found.annotations)) write(`  annotation ${code}: ${count}\n`)
      })
    })
}

function withWireOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--to <url>', 'mqtt://host[:port], serial:PATH or file:PATH')
        .argParser(wireArgument)
        .makeOptionMandatory(),
    )
    .option('--speed <n>', 'times as fast as life, 0.1 to 10000, or "max"', speedArgument, 1)
    .option('--topic <pattern>', 'MQTT topic', topicArgument, defaultTopic)
    .option('--baud <n>', 'serial line', unsignedArgument, defaultBaudRate)
    .option('--start <time>', 'time of day at the beginning, ISO 8601, or "auto"', startArgument, 'auto')
    .option('--json', 'a summary as one JSON object at the end')
}

function withRecordingOptions(command: Command): Command {
  return command
    .option('--signals <map>', 'which channels to take as what: MLII=ecg,PLETH=ppg', signalsArgument)
    .option('--rate <hz>', 'CSV: rows a second', positiveArgument)
    .option('--annotator <name>', 'WFDB: annotation file to read, by its ending')
}

function openOptions({ signals, rate, annotator }: RecordingFlags): OpenOptions {
  const columns = [...(signals ?? [])].map(([column, signal]) => ({ column, signal }))
  return {
    ...(annotator === undefined ? {} : { annotator }),
    ...(rate === undefined ? {} : { csv: { rateHz: rate, columns } }),
  }
}

function wireOf({ to, speed, topic, baud, json }: WireFlags) {
  return { to, speed, json: json === true, wireOptions: { topic, baudRate: baud } }
}

/** The recording's name as a device id; CSV files may have names that no device can have. */
function deviceNamed(recording: string): string {
  if (deviceIdPattern.test(recording)) return recording
  throw new Error(`--device: needed, as the recording's name "${recording}" cannot be a device id`)
}

/** What fails while a command runs is said in one line, without a stack, and gives exit code 1, or 2 for a faulty scenario. */
async function reported(run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = error instanceof ScenarioError ? 2 : 1
  }
}

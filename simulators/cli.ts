import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { deviceArgument, positiveArgument, unsignedArgument } from './arguments.ts'
import { fixedStart, writtenStartMicros } from './fixedStart.ts'
import { onWire } from './onWire.ts'
import { inspectRecording } from './inspect.ts'
import {
  deviceNamed,
  openOptions,
  recordingArgument,
  withRecordingOptions,
  type RecordingFlags,
} from './recordingFlags.ts'
import { openRecording } from './recordings/recording.ts'
import { freshBootId, replay, replayStartMicros, truthLines } from './replay.ts'
import { ScenarioError } from './scenario.ts'
import { registerSimulate } from './simulateCommand.ts'
import type { WireFlags } from './wireFlags.ts'
import { exitCodes, wireOf, withWireOptions } from './wireFlags.ts'

type ReplayFlags = WireFlags &
  RecordingFlags & { device?: string; bootId?: number; fresh?: true; limit?: number; truth?: string }

/** Adds `replay`, `simulate` and `inspect` to `program`. `write` takes whole lines for standard output. */
export function registerSimulatorCommands(
  program: Command,
  write: (line: string) => void = (line) => process.stdout.write(line),
): void {
  const replayCommand = program
    .command('replay')
    .description('send a recording as if a wearable measured it')
    .argument('<recording>', recordingArgument)
  withRecordingOptions(withWireOptions(replayCommand))
    .option('--device <id>', 'device id; by default the name of the recording', deviceArgument)
    .option('--boot-id <n>', 'by default made of the recording, the same each time', unsignedArgument)
    .option('--fresh', 'a new random boot id, so that a gateway takes the recording once more')
    .option('--limit <seconds>', 'stop after so much of the recording', positiveArgument)
    .option('--truth <file>', 'write the annotations, as JSON lines in stream time; they are not sent')
    .addHelpText(
      'after',
      `
Example:
  $ vital-edge replay mitdb/208 --to mqtt://localhost --speed 10 --limit 300
  $ vital-edge replay run.csv --rate 125 --signals ecg=ecg,ppg1=ppg --to serial:/dev/ttyS1
  $ vital-edge replay S05 --to mqtt://localhost --speed 1000 --truth S05.jsonl

Live, the recording ends "now" (at --speed 1 it begins now); into a file it begins at its own start, or, where it has none, at
${fixedStart}, so that the same recording gives the same bytes.
${exitCodes}`,
    )
    .action(async (path: string, flags: ReplayFlags, command: Command) => {
      if (flags.fresh && flags.bootId !== undefined) {
        command.error('error: --fresh and --boot-id exclude each other', { exitCode: 2 })
      }
      await reported(async () => {
        const recording = await openRecording(path, openOptions(flags))
        const device = flags.device ?? deviceNamed(recording.name)
        if (flags.truth !== undefined) await writeFile(flags.truth, truthLines(recording, flags.limit))
        const bootId = flags.fresh ? freshBootId() : (flags.bootId ?? recording.fingerprint)
        const seconds = Math.min(recording.durationSeconds, flags.limit ?? Infinity)
        const startEpochMicros =
          flags.start !== 'auto'
            ? flags.start
            : flags.to.startsWith('file:')
              ? writtenStartMicros(recording)
              : replayStartMicros(Date.now() * 1000, seconds, flags.speed)
        const identity = `device ${device}, boot id ${bootId}`
        const warning = `A gateway that has seen this stream (${identity}) drops it as duplicate`
        const hint = flags.fresh || flags.bootId !== undefined ? '.' : '; --fresh makes it new.'
        await onWire({
          ...wireOf(flags),
          write,
          totalSeconds: seconds,
          opening: [`Replaying ${recording.name}, ${seconds.toFixed(1)} s, as ${identity}.`, warning + hint],
          summary: {
            devices: [{ device, bootId }],
            ...(flags.truth === undefined ? {} : { truth: flags.truth }),
          },
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

  registerSimulate(program, write, reported)

  const inspectCommand = program
    .command('inspect')
    .description('say what is in a recording, and check it against its own checksums')
    .argument('<recording>', recordingArgument)
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
        for (const { name, unit, rateHz, samples, startSeconds, irregular, signal, checksum } of found.channels) {
          const what = irregular ? `${samples} single values` : `${samples} samples at ${rateHz} Hz`
          const from = startSeconds === undefined ? '' : `, from ${startSeconds} s on`
          const sum = checksum === null ? '' : `, checksum ${checksum}`
          write(`  ${name}: ${what} in ${unit}${from}${sum}${signal ? `, taken as ${signal}` : ''}\n`)
        }
        for (const [code, count] of Object.entries(found.annotations)) write(`  annotation ${code}: ${count}\n`)
        for (const warning of found.warnings ?? []) process.stderr.write(`warning: ${warning}\n`)
      })
    })
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

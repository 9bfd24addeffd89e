import type { Command } from 'commander'
import { deviceArgument, positiveArgument } from '../../simulators/arguments.ts'
import {
  deviceNamed,
  openOptions,
  recordingArgument,
  withRecordingOptions,
  type RecordingFlags,
} from '../../simulators/recordingFlags.ts'
import { openRecording } from '../../simulators/recordings/recording.ts'
import { detectOffline } from '../detect.ts'
import { causesOf } from '../alarms/revise.ts'
import type { Flow, Verdict } from '../flow.ts'
import type { Alarm, Cause } from '../messages.ts'
import { loadModels } from './gateway.ts'
import { overTheWire } from './overTheWire.ts'
import { RunRate } from './runRate.ts'

interface DetectFlags extends RecordingFlags {
  model?: string
  vitalsModel?: string
  ppgModel?: string
  device?: string
  wearer?: string
  limit?: number
  json?: boolean
}

export function registerDetect(program: Command): void {
  const command = program
    .command('detect')
    .description('run a recording through the gateway’s own pipeline, offline in virtual time')
    .argument('<recording>', recordingArgument)
    .option('--model <dir>', 'bundle for ECG beats; like the next two, by default the one that a gateway loads')
    .option('--vitals-model <dir>', 'bundle for vital signs')
    .option('--ppg-model <dir>', 'bundle for the quality of a PPG')
  withRecordingOptions(command)
    .option('--device <id>', 'device id (default: as `replay` names it)', deviceArgument)
    .option('--wearer <id>', 'pseudonym (default: the device id)', deviceArgument)
    .option('--limit <seconds>', 'stop after so much recorded time', positiveArgument)
    .option('--json', 'one JSON line per verdict and alarm, and at the end alarms a wearer-day beside coverage')
    .addHelpText('after', '\nExample:\n  $ vital-edge detect recordings/mitdb/208 --json | grep anomalous')
    .action(async (path: string, flags: DetectFlags) => {
      const recording = await openRecording(path, openOptions(flags))
      const device = flags.device ?? deviceNamed(recording.name)
      const counts = { normal: 0, anomalous: 0, 'not-assessable': 0, 'warming-up': 0 }
      const wearer = flags.wearer ?? device
      const rate = new RunRate(wearer)
      const flow = detectOffline(overTheWire(recording, device, flags.limit), {
        gateway: 'offline',
        device,
        wearer,
        ...(await loadModels(flags)),
        limits: { heartRatePerMinute: 130, spo2Percent: 88, silenceSeconds: 10 },
      })
      for await (const item of flow) {
        rate.see(item)
        if (item.kind === 'verdict') counts[item.verdict] += 1
        const line = lineOf(item)
        if (line === undefined) continue
        if (flags.json === true) process.stdout.write(`${JSON.stringify(line)}\n`)
        else if (item.kind === 'alarm') process.stdout.write(`${alarmText(item.alarm)}\n`)
      }
      const { kind, ...said } = rate.result()
      if (flags.json === true) process.stdout.write(`${JSON.stringify({ kind, ...said })}\n`)
      else process.stdout.write(`verdicts: ${JSON.stringify(counts)}\nrate: ${JSON.stringify(said)}\n`)
    })
}

function lineOf(item: Flow): object | undefined {
  if (item.kind === 'alarm') {
    const { id, wearer, devices, type, code, params, priority, state, at, text, streamTime, endedTick } = item.alarm
    const causes = causesOf(item.alarm).map(withoutEvidence)
    const known = { id, wearer, devices, type, code, params, priority, state, at, text, streamTime, endedTick }
    return { kind: 'alarm', ...known, causes }
  }
  return item.kind === 'verdict' ? verdictLine(item) : undefined
}

function withoutEvidence({ evidence, ...cause }: Cause): Omit<Cause, 'evidence'> {
  void evidence
  return cause
}

function verdictLine(item: Verdict): object {
  const { kind, wearer, device, signals, detector, tick: from, untilTick: to, verdict } = item
  const line = { kind, wearer, device, signals, detector, from, to, verdict }
  if (item.verdict === 'not-assessable') {
    const { modelHash, score, threshold, attribution, direction } = item.evidence ?? {}
    return { ...line, reason: item.reason, modelHash, score, threshold, attribution, direction }
  }
  if (item.verdict === 'warming-up') return line
  const { modelHash, score, threshold, attribution, direction } = item
  return { ...line, modelHash, score, threshold, attribution, direction }
}

function alarmText({ priority, type, state, text, streamTime }: Alarm): string {
  const at = streamTime === undefined ? '' : `${(streamTime.tick / 1e6).toFixed(1)} s`
  return `${at.padStart(10)}  ${priority.padEnd(6)} ${type.padEnd(13)} ${state.padEnd(24)} ${text}`
}

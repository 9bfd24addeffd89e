import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { loadBundle, type Bundle } from '../../models/bundle.ts'
import { shippedBundles } from '../../models/shippedBundle.ts'
import type { Evidence, VerdictLine } from '../evidence/evidence.ts'
import { decodeEvidence, EvidenceError } from '../evidence/evidenceFile.ts'
import { replayEvidence, type Replayed, type ReplayModels } from '../evidence/replay.ts'

interface ReplayFlags {
  model?: string[]
  json?: boolean
}

export function registerReplayEvidence(program: Command): void {
  program
    .command('replay-evidence')
    .description('replay the evidence of an alarm: the same verdict, or what differs')
    .argument('<file>', 'a file of evidence, from `dataDirectory/evidence` or `/api/alarms/<id>/evidence`')
    .option('--model <dirs...>', 'bundle folders to look into besides those that ship with the program')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nExit code: 0 the same verdict, 1 another one, or the file or its models cannot be used, 2 wrong use\n' +
        '\nExample:\n  $ vital-edge replay-evidence vital-edge-data/evidence/w-01/spo2-low.sim-01.7.130000000.evidence',
    )
    .action(async (file: string, flags: ReplayFlags) => {
      const evidence = decodeEvidence(await bytesOf(file), file)
      const replayed = replayEvidence(evidence, await modelsOf(evidence, flags.model ?? []))
      const lines = flags.json === true ? [JSON.stringify(reportOf(evidence, replayed))] : textOf(evidence, replayed)
      process.stdout.write(`${lines.join('\n')}\n`)
      if (replayed.differences.length > 0) process.exitCode = 1
    })
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new EvidenceError(`${file}: expected a readable file, received ${(error as Error).message}`)
  }
}

/** The bundles that were used, found by their hashes. */
async function modelsOf({ models }: Evidence, folders: readonly string[]): Promise<ReplayModels> {
  const known: Bundle[] = []
  for (const folder of [...folders, ...shippedBundles()]) known.push(await loadBundle(folder))
  const find = (used: { name: string; hash: string }): Bundle => {
    const found = known.find(({ hash }) => hash === used.hash)
    if (found !== undefined) return found
    const there = known.map(({ manifest, hash }) => `${manifest.name} ${hash.slice(0, 12)}`).join(', ')
    throw new EvidenceError(
      `model: expected ${used.name} of hash ${used.hash}, received ${there}; --model names the folder of another bundle`,
    )
  }
  return {
    bundle: find(models.ecg),
    ...(models.vitals !== undefined && { vitalsBundle: find(models.vitals) }),
    ...(models.ppg !== undefined && { ppgBundle: find(models.ppg) }),
  }
}

function reportOf(evidence: Evidence, { alarm, verdicts, differences }: Replayed): object {
  const { models, vitals, quality, window, snapshot, inputs, complete } = evidence
  return {
    same: differences.length === 0,
    differences,
    alarm: evidence.alarm,
    replayed: alarm ?? null,
    verdicts,
    models,
    vitals,
    quality,
    window,
    excerpt: { from: snapshot.takenAt, seconds: secondsOf(evidence), inputs: inputs.length, complete },
  }
}

function textOf(evidence: Evidence, { verdicts, differences }: Replayed): string[] {
  const { alarm, models, vitals, snapshot } = evidence
  const { modelHash, score, threshold } = alarm.evidence ?? {}
  const about = [
    ['alarm', `${alarm.code}, ${alarm.priority}, ${alarm.wearer ?? alarm.gateway}: ${alarm.text}`],
    ['onset', alarm.at],
    [
      'models',
      [models.ecg, models.vitals, models.ppg]
        .flatMap((model) => model ?? [])
        .map((model) => `${model.name} ${model.hash.slice(0, 12)}`)
        .join(', '),
    ],
    ...(score === undefined ? [] : [['score', `${score} (threshold ${threshold}, model ${modelHash?.slice(0, 12)})`]]),
    [
      'vitals',
      Object.entries(vitals)
        .map(([signal, { value, unit }]) => `${signal} ${Number(value.toPrecision(4))} ${unit}`)
        .join(', '),
    ],
    ['excerpt', `${secondsOf(evidence)} s from ${snapshot.takenAt}`],
    ...countsOf(verdicts),
  ]
  const result =
    differences.length === 0 ? ['same verdict'] : ['not the same:', ...differences.map((line) => `  ${line}`)]
  return [...about.map(([name, text]) => `${name!.padEnd(14)} ${text}`), ...result]
}

function secondsOf({ inputs }: Evidence): number {
  return Math.round(((inputs.at(-1)?.now ?? 0) - (inputs[0]?.now ?? 0)) / 1e6)
}

/** By detector: how often it said what. */
function countsOf(verdicts: readonly VerdictLine[]): [string, string][] {
  const counts: Record<string, Record<string, number>> = {}
  for (const { detector, verdict } of verdicts) {
    const of = (counts[detector] ??= {})
    of[verdict] = (of[verdict] ?? 0) + 1
  }
  return Object.entries(counts).map(([detector, of]) => [
    detector,
    Object.entries(of)
      .map(([verdict, times]) => `${times} ${verdict}`)
      .join(', '),
  ])
}

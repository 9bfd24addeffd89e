import { Subject } from 'rxjs'
import type { Bundle } from '../../models/bundle.ts'
import type { Flow, Input } from '../flow.ts'
import type { Alarm } from '../messages.ts'
import { createPipeline, type PipelineOptions } from '../pipeline.ts'
import { AssignmentBook } from '../stages/wearers.ts'
import type { Evidence, VerdictLine } from './evidence.ts'
import { EvidenceError } from './evidenceFile.ts'
import { unpackInput } from './packInputs.ts'
import { verdictLine } from './recorder.ts'

export interface ReplayModels {
  bundle: Bundle
  vitalsBundle?: Bundle
  ppgBundle?: Bundle
}

export interface Replayed {
  /** What the same input says now; absent: no such alarm. */
  alarm?: Alarm
  verdicts: VerdictLine[]
  /** What is not as it was, each as `field: expected …, received …`; empty: the same verdict. */
  differences: string[]
}

/** Two machines' arithmetic may differ by so much, relative to max(1, |value|). */
const tolerance = 1e-4
const mostDifferences = 20

/**
 * Puts an alarm's snapshot into the pipeline, gives it what came in, in virtual time, and holds what it says against what was said.
 *
 * @throws EvidenceError where a model is not the one that was used
 */
export function replayEvidence(evidence: Evidence, models: ReplayModels): Replayed {
  checkModels(evidence, models)
  let now = 0
  const pipeline = createPipeline({
    ...(evidence.settings as unknown as Omit<PipelineOptions, 'bundle' | 'book' | 'now'>),
    keepsNothing: new Set(evidence.settings['keepsNothing'] as string[]),
    bundle: models.bundle,
    ...(evidence.models.vitals !== undefined &&
      models.vitalsBundle !== undefined && { vitalsBundle: models.vitalsBundle }),
    ...(evidence.models.ppg !== undefined && models.ppgBundle !== undefined && { ppgBundle: models.ppgBundle }),
    book: new AssignmentBook(evidence.assignments),
    now: () => now,
  })
  const { rows } = evidence.snapshot
  now = evidence.inputs[0]?.now ?? 0
  pipeline.restore(rows)
  let alarm: Alarm | undefined
  const verdicts: VerdictLine[] = []
  const inputs = new Subject<Input>()
  const running = inputs.pipe(pipeline.run((committed) => committed)).subscribe((item: Flow) => {
    if (item.kind === 'verdict' && item.wearer === evidence.alarm.wearer) verdicts.push(verdictLine(item))
    if (item.kind === 'alarm' && isOf(evidence.alarm, item.alarm)) alarm ??= item.alarm
  })
  for (const packed of evidence.inputs) {
    const heard = unpackInput(packed)
    ;({ now } = heard)
    inputs.next({ respond: () => undefined, ...heard.input } as Input)
  }
  running.unsubscribe()
  const differences = [...compareVerdicts(evidence, verdicts), ...compareAlarms(evidence.alarm, alarm)]
  return { ...(alarm !== undefined && { alarm }), verdicts, differences: differences.slice(0, mostDifferences) }
}

function checkModels({ models }: Evidence, { bundle, vitalsBundle, ppgBundle }: ReplayModels): void {
  const used = [
    ['ecg', models.ecg, bundle],
    ['vitals', models.vitals, vitalsBundle],
    ['ppg', models.ppg, ppgBundle],
  ] as const
  for (const [which, expected, received] of used)
    if (expected !== undefined && expected.hash !== received?.hash)
      throw new EvidenceError(
        `models.${which}: expected ${expected.name} of hash ${expected.hash}, received ${received === undefined ? 'none' : `${received.manifest.name} of hash ${received.hash}`}`,
      )
}

/** Of evidence that was kept in the middle of an input, the rest of that input says more. */
function compareVerdicts({ verdicts: expected, complete }: Evidence, received: readonly VerdictLine[]): string[] {
  const differences = expected.flatMap((verdict, i) => compared(`verdicts.${i}`, verdict, received[i]))
  if (complete && received.length > expected.length)
    differences.push(`verdicts: expected ${expected.length}, received ${received.length}`)
  return differences
}

/** The same telling of the same alarm. */
function isOf({ id, revision }: Alarm, told: Alarm): boolean {
  return told.id === id && told.revision === revision
}

/** All of an alarm but where its evidence lies. */
function compareAlarms(expected: Alarm, received: Alarm | undefined): string[] {
  if (received === undefined) return [`alarm: expected ${expected.id}, received none`]
  return compared('alarm', { ...expected, evidenceFiles: undefined }, { ...received, evidenceFiles: undefined })
}

function compared(field: string, expected: unknown, received: unknown): string[] {
  if (typeof expected === 'number' && typeof received === 'number') {
    if (Math.abs(expected - received) <= tolerance * Math.max(1, Math.abs(expected))) return []
  } else if (isObject(expected) && isObject(received)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(received)])
    return [...keys].flatMap((key) => compared(`${field}.${key}`, expected[key], received[key]))
  } else if (Object.is(expected, received)) return []
  return [`${field}: expected ${said(expected)}, received ${said(received)}`]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function said(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value)
}

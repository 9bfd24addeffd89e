import { SingleBar } from 'cli-progress'
import { type Command, InvalidArgumentError } from 'commander'
import type { AlarmCode } from '../../edge/messages.ts'
import { loadBundle, writeBundle, type Bundle } from '../bundle.ts'
import type { InputKind } from '../bundle/inputKinds.ts'
import type { Calibration } from '../calibration/calibration.ts'
import { calibrateThreshold } from '../calibration/calibrateThreshold.ts'
import type { WearerScores } from '../calibration/wearerScores.ts'
import { alarmLogicOf } from './alarmLogics.ts'
import { amount, splitList, wholeNumber } from './arguments.ts'
import { heldOutRecordings, heldOutSeeds, recordedScores, simulatedScores } from './calibrationScores.ts'

/** Of other people than scenarios and trainings use. */
const firstSimulatedSeed = 90_001

/** Of wear, from which a vitals model learns the wearer; and with a block. */
const vitalsWarmUpHours = 24
const leastVitalsHours = vitalsWarmUpHours + 2

/** The alarm that a kind of model raises; undefined: none, ever. */
const alarmOf: Record<InputKind, AlarmCode | undefined> = {
  'ecg-beat': 'ecg-anomaly',
  vitals: 'vitals-anomaly',
  'ppg-window': undefined,
}

export interface CalibrateOptions {
  /** Alarms a wearer-day. */
  budget: number
  recordings?: string
  /** Of the recordings, these. */
  records: readonly string[]
  simulatedWearers: number
  hours: number
  seed: number
  /** Folder for the calibrated bundle; without it nothing is written. */
  out?: string
}

export interface CalibrateResult {
  calibration: Calibration
  /** What the bundle had. */
  earlierThreshold: number
  /** Of the calibrated bundle, where it was written. */
  hash?: string
}

export function registerCalibrate(program: Command): void {
  program
    .command('calibrate')
    .description(
      'set a model’s threshold from a false-alarm budget, on normal data that it has not seen; no retraining',
    )
    .argument('<bundle>', 'bundle folder')
    .requiredOption('--budget <n>', 'alarms a wearer-day, after the alarm logic, as a mean over wearers', positive)
    .option('--recordings <dir>', 'recordings of normal days, one a wearer')
    .option('--records <names>', 'only these of the recordings, separated by commas', splitList, [])
    .option('--simulated-wearers <n>', 'add so many simulated wearers on ordinary days', amount, 0)
    .option('--hours <n>', 'of each simulated wearer; a vitals model learns the wearer for the first 24', amount, 24)
    .option('--seed <n>', 'of the first simulated wearer; the others follow', wholeNumber, firstSimulatedSeed)
    .option('--out <dir>', 'folder for the calibrated bundle, which may be the same; without it nothing is written')
    .option('--json', 'the calibration as JSON')
    .addHelpText(
      'after',
      '\nExample: vital-edge calibrate my-model --recordings normal-days --budget 0.5 --out my-model' +
        '\nThe weights stay the same; the hash changes and a signature is gone: sign it again.',
    )
    .action(async (directory: string, { json, ...options }: CalibrateOptions & { json?: boolean }) => {
      const result = await calibrateCommand(directory, options)
      process.stdout.write(`${json ? JSON.stringify(result) : calibrationText(result)}\n`)
    })
}

/** @throws Error where no data is named, or some that the model has seen. */
export async function calibrateCommand(directory: string, options: CalibrateOptions): Promise<CalibrateResult> {
  const { budget, out, seed } = options
  const bundle = await loadBundle(directory)
  const alarm = alarmOf[bundle.manifest.inputSchema.kind]
  if (alarm === undefined) {
    throw new Error(`${directory}: expected a model that raises alarms, received one that judges quality alone`)
  }
  const wearers = await collectScores(bundle, options)
  const warmUpHours = bundle.manifest.inputSchema.kind === 'vitals' ? vitalsWarmUpHours : 0
  const calibration = calibrateThreshold(wearers, alarmLogicOf(alarm), { budget, seed, warmUpHours })
  const earlierThreshold = bundle.manifest.threshold.value
  if (out === undefined) return { calibration, earlierThreshold }
  const { hash } = await writeCalibrated(out, bundle, calibration)
  return { calibration, earlierThreshold, hash }
}

/** Opens the sentence that a calibrated bundle has among its limits. */
const measuredBefore = 'Figures were measured at threshold'

/** Writes a bundle with the calibration's threshold; weights and all else stay the same, the hash does not. */
export async function writeCalibrated(
  out: string,
  { manifest, parameters }: Bundle,
  calibration: Calibration,
): Promise<Bundle> {
  const { budgetAlarmsPerWearerDay: budget, threshold: value, why, alarmLogic } = calibration
  const how = `set by \`calibrate\` for ${budget} alarms a wearer-day (${alarmLogic}): ${why}`
  const { limits } = manifest.card
  const told = limits.some((limit) => limit.startsWith(measuredBefore))
  const before = `${measuredBefore} ${manifest.threshold.value}, before it was calibrated; sensitivities are others now.`
  const card = { ...manifest.card, limits: told ? limits : [...limits, before] }
  return writeBundle(out, { ...manifest, card, threshold: { value, how }, calibration }, parameters)
}

async function collectScores(bundle: Bundle, options: CalibrateOptions): Promise<WearerScores[]> {
  const { recordings, records, simulatedWearers, hours, seed } = options
  if (recordings === undefined && simulatedWearers === 0) {
    throw new Error('data: expected --recordings or --simulated-wearers, received neither')
  }
  const isVitals = bundle.manifest.inputSchema.kind === 'vitals'
  if (simulatedWearers > 0 && isVitals && hours < leastVitalsHours) {
    const why = `a vitals model learns the wearer for the first ${vitalsWarmUpHours}, and a block takes one more`
    throw new Error(`budget unsupported: --hours: expected at least ${leastVitalsHours} (${why}), received ${hours}`)
  }
  const paths = recordings === undefined ? [] : await heldOutRecordings(recordings, records, bundle.manifest)
  const seeds = heldOutSeeds(seed, simulatedWearers, bundle.manifest)
  const bar = new SingleBar({ format: 'scoring {bar} {value}/{total} {eta_formatted}', noTTYOutput: false })
  bar.start(paths.length + seeds.length * hours, 0)
  const step = () => bar.increment()
  const wearers: WearerScores[] = []
  try {
    for (const path of paths) {
      wearers.push(await recordedScores(path, bundle))
      step()
    }
    for (const wearer of seeds) wearers.push(simulatedScores(wearer, hours, bundle, step))
  } finally {
    bar.stop()
  }
  return wearers
}

/** What a person reads. */
export function calibrationText({ calibration, earlierThreshold, hash }: CalibrateResult): string {
  const { threshold, predicted, counted, naive, spread, extrapolation, tail, blockQuantile } = calibration
  const lines = [
    `budget ${calibration.budgetAlarmsPerWearerDay} alarms a wearer-day; ${calibration.alarmLogic}`,
    calibration.supported ? `supported: ${calibration.why}` : calibration.why,
    `data: ${calibration.wearers} wearers, ${figure(calibration.wearerDays)} wearer-days, ${calibration.windows} windows, ` +
      `${calibration.blocks} blocks of at least ${calibration.blockSeconds / 3600} h` +
      (calibration.leftOut.length > 0 ? `; left out, with less than a block: ${calibration.leftOut.join(', ')}` : ''),
    `threshold ${figure(threshold)} (was ${figure(earlierThreshold)}) by ${calibration.method}`,
  ]
  if (blockQuantile !== undefined) {
    const silent = `${figure(blockQuantile.share * 100)} % of the blocks without an alarm`
    const least = `so few resolve no rate below ${figure(blockQuantile.resolvedAlarmsPerWearerDay)} a wearer-day`
    lines.push(`block quantile: ${silent}; ${least}`)
  }
  lines.push(
    `rate there: ${figure(predicted.alarmsPerWearerDay)} a wearer-day, ${figure(predicted.low)} to ${figure(predicted.high)} ` +
      `(${predicted.confidence * 100} %; ${predicted.how}); counted ${counted.alarms}`,
    `extrapolation: the budget is one alarm in ${figure(extrapolation.returnPeriodToObserved)} times the wearer-days seen` +
      (extrapolation.thresholdToHighestPeak === undefined
        ? ''
        : `; threshold ${figure(extrapolation.thresholdToHighestPeak)} times the highest alarm's peak`),
  )
  if (tail !== undefined) {
    const index = `extremal index ${figure(tail.extremalIndex)}`
    lines.push(
      `tail: ${tail.clusters} alarms of ${tail.exceedances} windows above ${figure(tail.u)} (${index}), shape ${figure(tail.xi)}, scale ${figure(tail.sigma)}`,
    )
  }
  lines.push(
    `wearers: ${figure(spread.lowest)} to ${figure(spread.highest)} a wearer-day, median ${figure(spread.median)}; ` +
      `${figure(spread.withoutAlarm * 100)} % without an alarm, ${figure(spread.aboveTwiceBudget * 100)} % above twice the budget`,
    `naive quantile: threshold ${figure(naive.threshold)} would give ${figure(naive.alarmsPerWearerDay)} a wearer-day`,
    hash === undefined ? 'nothing was written (no --out)' : `written; hash ${hash}`,
  )
  return lines.join('\n')
}

function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError(`expected more than 0, received ${text}`)
  return value
}

function figure(value: number): string {
  return String(Number(value.toPrecision(3)))
}

import { basename } from 'node:path'
import type { Command } from 'commander'
import { evaluateScenario, shippedModels, type ScenarioResult } from '../../../edge/cli/scenario/evaluateScenario.ts'
import { listScenarios } from '../../../simulators/scenario/library.ts'
import { alarmRates, type AlarmDay, type AlarmRate } from '../../evaluation/alarmRates.ts'
import { thisCommit, thisMachine, type Evaluation } from '../../evaluation/evaluation.ts'
import { writeReport, type ReportTable } from '../../evaluation/report/report.ts'
import { amount, wholeNumber } from '../arguments.ts'
import { heldOutSeeds } from '../calibrationScores.ts'
import { dayRecordings, recordedDay, simulatedDay, simulatedDevices, type SimulatedDevice } from './alarmDays.ts'
import { eachFile, reportOption, resumeOption } from './eachFile.ts'

interface AlarmsOptions {
  days: number
  hours: number
  seed: number
  resume?: string
  /** Of the library; absent: all. */
  scenarios?: readonly string[]
  report?: string
  json?: boolean
}

/** Every third simulated wearer sends waveforms: they cost some ten times as much. */
const deviceOf = (i: number): SimulatedDevice => (i % 3 === 0 ? 'all' : 'values')

export function registerAlarms(evaluate: Command): void {
  evaluate
    .command('alarms')
    .description(
      'alarms a wearer-day, of whole days through the gateway’s own pipeline, and how soon labelled events are told',
    )
    .argument(
      '[dirs...]',
      'folders of WFDB records with beats, of heart rates a second (_hr.csv), or of Empatica E4 folders',
    )
    .option('--days <n>', 'simulated wearers, a day each', wholeNumber, 30)
    .option('--hours <n>', 'how long a simulated day is', amount, 24)
    .option('--seed <n>', 'of the first simulated wearer', wholeNumber, 9001)
    .option(...resumeOption)
    .option(...reportOption)
    .option('--json', 'the result as JSON')
    .addHelpText('after', '\nExample: vital-edge evaluate alarms recordings/nsr2db recordings/crisdb-hr --json')
    .action(async (directories: string[], options: AlarmsOptions) => {
      const result = await evaluateAlarms(directories, options)
      if (options.report !== undefined) await writeReport(options.report, result, [], tablesOf(result))
      process.stdout.write(`${options.json === true ? JSON.stringify(result) : table(result)}\n`)
    })
}

interface AlarmsEvaluation extends Omit<Evaluation, 'files'> {
  /** Of each folder, and of the simulated days by what the devices send. */
  groups: Record<string, { simulated: boolean; coverage: number; rates: Record<string, AlarmRate> }>
  /** Labelled events of the scenarios, all simulated: whether each was told as it says, and how long that took. */
  events: { scenario: string; event: string; demand: string; found: boolean; seconds?: number }[]
  files: readonly AlarmDay[]
}

/** @throws Error where a folder holds no such recording, or a simulated wearer was learnt from */
export async function evaluateAlarms(
  directories: readonly string[],
  { days, hours, seed, resume, scenarios: wanted }: Omit<AlarmsOptions, 'json' | 'report'>,
): Promise<AlarmsEvaluation> {
  const models = await shippedModels()
  const bundles = [models.bundle, models.vitalsBundle, models.ppgBundle].filter((bundle) => bundle !== undefined)
  for (const { manifest } of bundles) heldOutSeeds(seed, days, manifest)
  const settings = { models: bundles.map(({ hash }) => hash), hours, seed }
  const work = new Map<string, { group: string; judge: () => Promise<AlarmDay> }>()
  for (const directory of directories)
    for (const { name, open } of await dayRecordings(directory)) {
      const file = `${basename(directory)} ${name}`
      work.set(file, { group: basename(directory), judge: async () => recordedDay(file, await open(), models) })
    }
  for (let i = 0; i < days; i++) {
    const device = deviceOf(i)
    const judge = () => Promise.resolve(simulatedDay(seed + i, device, hours, models))
    work.set(`simulated ${seed + i}`, { group: `simulated, ${device}`, judge })
  }
  const files = await eachFile([...work.keys()], { resume, settings }, (file) => work.get(file)!.judge())
  const names = wanted ?? (await listScenarios()).map((known) => known.name)
  const scenarios = await eachFile(names, { resume, settings }, (name) => evaluateScenario(name, models))

  const groups: AlarmsEvaluation['groups'] = {}
  const keys = [...work.values()].map(({ group }) => group)
  for (const group of new Set(keys))
    groups[group] = groupOf(
      files.filter((_, i) => keys[i] === group),
      isSimulated(group),
    )
  const simulated = files.filter((_, i) => isSimulated(keys[i]!))
  if (simulated.length > 0) groups['simulated, all days'] = groupOf(simulated, true)
  const events = scenarios.flatMap(eventsOf)
  return {
    suite: 'alarms',
    commit: thisCommit(),
    seed,
    machine: thisMachine(),
    settings: {
      ...settings,
      days,
      simulated: { wearers: days, devices: simulatedDevices, knownHours: 48 },
      thresholds: bundles.map(({ manifest: { name, threshold } }) => ({ name, ...threshold })),
      limits: 'defaults',
    },
    metrics: {
      ...Object.fromEntries(
        Object.entries(groups).flatMap(([group, { coverage, rates }]) => [
          [`${group}.physiologicalPerWearerDay`, rates['physiological']!.elapsed.rate],
          [`${group}.coverage`, coverage],
        ]),
      ),
      events: events.length,
      eventsFound: events.filter(({ found }) => found).length,
    },
    baselines: {},
    groups,
    events,
    files,
  }
}

const isSimulated = (group: string): boolean => group.startsWith('simulated')

function groupOf(days: readonly AlarmDay[], simulated: boolean): AlarmsEvaluation['groups'][string] {
  const sum = (of: (day: AlarmDay) => number): number => days.reduce((total, day) => total + of(day), 0)
  const coverage = sum(({ assessableSeconds }) => assessableSeconds) / sum(({ elapsedSeconds }) => elapsedSeconds)
  return { simulated, coverage, rates: alarmRates(days) }
}

/** What a scenario demands to be told; what it forbids has no delay. */
function eventsOf({ file, held }: ScenarioResult): AlarmsEvaluation['events'] {
  return held
    .filter(({ demand }) => !demand.startsWith('no '))
    .map(({ of, demand, ok, seconds }) => ({
      scenario: file,
      event: of,
      demand,
      found: ok,
      ...(seconds !== undefined && { seconds }),
    }))
}

function tablesOf({ groups, events }: AlarmsEvaluation): ReportTable[] {
  const rows = Object.entries(groups).flatMap(([group, { simulated, coverage, rates }]) =>
    Object.entries(rates).map(([source, rate]) => ({ group, simulated, coverage, source, ...rate })),
  )
  return [
    { title: 'Alarms a wearer-day, with exact 95 % Poisson intervals', rows },
    { title: 'Labelled events of the scenarios (simulated)', rows: events },
  ]
}

function table({ groups, events }: AlarmsEvaluation): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  const over = (rate?: AlarmRate['elapsed']) =>
    rate === undefined ? '' : `${rate.rate.toFixed(2)} (${rate.low.toFixed(2)} to ${rate.high.toFixed(2)})`
  const rows = Object.entries(groups).flatMap(([group, { coverage, rates }]) => [
    `${group}: ${Object.values(rates)[0]!.elapsed.days.toFixed(2)} wearer-days, coverage ${percent(coverage)}`,
    ...Object.entries(rates).map(([source, { alarms, elapsed, assessable }]) =>
      [
        `    ${source.padEnd(32)}`,
        String(alarms).padStart(5),
        over(elapsed).padStart(26),
        over(assessable).padStart(26),
      ].join(''),
    ),
  ])
  const told = events.map(
    ({ scenario, event, demand, found, seconds }) =>
      `    ${found ? 'ok  ' : 'MISS'} ${scenario}: ${event}: ${demand}${seconds === undefined ? '' : `: ${seconds.toFixed(1)} s`}`,
  )
  return [
    'Alarms a wearer-day: count, over elapsed time, over assessable time (exact 95 % Poisson intervals)',
    ...rows,
    'Labelled events of the scenarios (simulated)',
    ...told,
  ].join('\n')
}

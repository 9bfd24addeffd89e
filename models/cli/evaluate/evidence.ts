import type { Command } from 'commander'
import { shippedModels } from '../../../edge/cli/scenario/evaluateScenario.ts'
import { eventfulDay } from '../../../edge/cli/scenario/eventfulDay.ts'
import { replayScenario, type ReplayedScenario } from '../../../edge/cli/scenario/replayScenario.ts'
import { listScenarios } from '../../../simulators/scenario/library.ts'
import { builtInScenario, readScenario } from '../../../simulators/scenario.ts'
import { thisCommit, thisMachine } from '../../evaluation/evaluation.ts'

/** A scenario without an end is run for so long, s. */
const endlessSeconds = 300
const seed = 1

type Row = ReplayedScenario & { file: string }

export function registerEvidence(evaluate: Command): void {
  evaluate
    .command('evidence')
    .description('whether the evidence of every alarm of simulated scenarios replays to the same verdict')
    .argument('[names...]', 'scenarios of the library, or `day`: 24 h in which everything happens (default: all)')
    .option('--json', 'the result as JSON')
    .addHelpText('after', '\nExample: vital-edge evaluate evidence day fall --json')
    .action(async (names: string[], options: { json?: boolean }) => {
      const models = await shippedModels()
      const all = [...(await listScenarios()).map((known) => known.name), 'day']
      const files: Row[] = []
      for (const name of names.length > 0 ? names : all) {
        const scenario = name === 'day' ? eventfulDay(seed) : await readScenario(builtInScenario(name))
        const seconds = scenario.length ?? endlessSeconds
        files.push({ file: name, ...replayScenario(name, scenario, { ...models, seconds }) })
        if (options.json !== true) process.stdout.write(`${text(files.at(-1)!)}\n`)
      }
      const sum = (of: (row: Row) => number): number => files.reduce((total, row) => total + of(row), 0)
      const [raised, evidenced] = [sum((row) => row.raised), sum((row) => row.evidenced)]
      const [kept, same] = [sum((row) => row.kept), sum((row) => row.same)]
      const metrics = {
        scenarios: files.length,
        raised,
        kept,
        same,
        meanBytes: kept && sum(({ bytes }) => bytes) / kept,
      }
      const settings = { simulated: true, models: 'shipped' }
      const about = { suite: 'evidence', commit: thisCommit(), seed, machine: thisMachine(), settings }
      if (options.json === true)
        process.stdout.write(`${JSON.stringify({ ...about, metrics, baselines: {}, files })}\n`)
      else
        process.stdout.write(
          `${evidenced} of ${raised} alarms have evidence; ${same} of ${kept} times it replays to the same verdict\n`,
        )
      if (same < kept) process.exitCode = 1
    })
}

function text({ file, raised, evidenced, kept, same, codes, differences }: Row): string {
  const without = Object.entries(codes).flatMap(([code, counts]) =>
    counts.without === 0 ? [] : [`    without evidence: ${counts.without} ${code}`],
  )
  const otherwise = Object.entries(differences).map(([id, lines]) => `    ${id}: ${lines.join('; ')}`)
  return [
    `${file}: ${raised} alarms, ${evidenced} with evidence, announced ${kept} times, ${same} the same`,
    ...without,
    ...otherwise,
  ].join('\n')
}

import type { Command } from 'commander'
import { evaluateScenario, shippedModels, type ScenarioResult } from '../../../edge/cli/scenario/evaluateScenario.ts'
import { listScenarios } from '../../../simulators/scenario/library.ts'
import { thisCommit, thisMachine } from '../../evaluation/evaluation.ts'

export function registerScenarios(evaluate: Command): void {
  evaluate
    .command('scenarios')
    .description('whether each simulated scenario gives the alarms it names and none that it forbids')
    .argument('[names...]', 'scenarios of the library (default: all; one without an end for 150 s)')
    .option('--json', 'the result as JSON')
    .addHelpText('after', '\nExample: vital-edge evaluate scenarios asystole fall --json')
    .action(async (names: string[], options: { json?: boolean }) => {
      const models = await shippedModels()
      const files: ScenarioResult[] = []
      for (const name of names.length > 0 ? names : (await listScenarios()).map((known) => known.name)) {
        const result = await evaluateScenario(name, models)
        files.push(result)
        if (options.json !== true) process.stdout.write(`${text(result)}\n`)
      }
      const held = files.flatMap((file) => file.held)
      const metrics = {
        scenarios: files.length,
        scenariosHeld: files.filter(({ ok }) => ok).length,
        demands: held.length,
        demandsHeld: held.filter(({ ok }) => ok).length,
      }
      const settings = { simulated: true, models: 'shipped' }
      const about = { suite: 'scenarios', commit: thisCommit(), seed: 0, machine: thisMachine(), settings }
      if (options.json === true)
        process.stdout.write(`${JSON.stringify({ ...about, metrics, baselines: {}, files })}\n`)
      else process.stdout.write(`${metrics.scenariosHeld} of ${files.length} scenarios hold\n`)
    })
}

function text({ file, ok, held, cpuSeconds }: ScenarioResult): string {
  const lines = held.map((one) => `    ${one.ok ? 'ok  ' : 'FAIL'} ${one.of}: ${one.demand}; came: ${one.came}`)
  return [`${ok ? 'ok  ' : 'FAIL'} ${file} (${cpuSeconds.toFixed(1)} s CPU)`, ...lines].join('\n')
}

import type { Command } from 'commander'
import { registerEcg5000 } from './evaluate/ecg5000.ts'
import { registerSpc } from './evaluate/spc.ts'

export function registerEvaluateCommand(program: Command): void {
  const evaluate = program.command('evaluate').description('measure on published data sets, beside baselines')
  for (const register of [registerEcg5000, registerSpc]) register(evaluate)
}

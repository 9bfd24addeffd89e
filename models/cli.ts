import type { Command } from 'commander'
import { registerCalibrate } from './cli/calibrate.ts'
import { registerEvaluateCommand } from './cli/evaluate.ts'
import { registerModels } from './cli/models.ts'
import { registerPersonalise } from './cli/personalise.ts'
import { registerTrain } from './cli/train.ts'

export function registerModelCommands(program: Command): void {
  registerTrain(program)
  registerCalibrate(program)
  registerModels(program)
  registerEvaluateCommand(program)
  registerPersonalise(program)
}

import { type Command, Option } from 'commander'
import { seriesChoices } from '../../series/seriesDetector.ts'
import { planChoices } from '../../series/seriesPlan.ts'
import { usualChoices } from '../../series/usualSteps.ts'
import { type BackendChoice, backendChoices } from '../../training/backend.ts'
import { wholeNumber } from '../arguments.ts'
import { eachFile, reportOption, resumeOption } from './eachFile.ts'

export interface SeriesSuiteOptions {
  seed: number
  backend: BackendChoice
  ablation?: boolean
  resume?: string
  report?: string
  json?: boolean
}

/** The options that all suites of single series have. */
export function seriesCommand(evaluate: Command, name: string): Command {
  return evaluate
    .command(name)
    .option('--seed <n>', 'of weights, shuffling and noise', wholeNumber, 1)
    .option('--ablation', 'also without each part of the detector')
    .option(...resumeOption)
    .option(...reportOption)
    .addOption(new Option('--backend <name>', 'TensorFlow.js backend').choices(backendChoices).default('auto'))
    .option('--json', 'the result as JSON')
}

/** The settings of the detector: the same for every file. */
export const seriesSettings = { causal: true, ...planChoices, usual: usualChoices, ...seriesChoices }

/** Judges one file after another with the settings of the detector. */
export function eachSeries<T>(
  files: readonly string[],
  { resume, seed, backend, ablation = false }: Pick<SeriesSuiteOptions, 'resume' | 'seed' | 'backend' | 'ablation'>,
  judge: (file: string) => Promise<T>,
): Promise<T[]> {
  return eachFile(files, { resume, settings: { seed, backend, ablation, ...seriesSettings } }, judge)
}

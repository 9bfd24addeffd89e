import type { Command } from 'commander'
import { registerAlarms } from './evaluate/alarms.ts'
import { registerBidmc } from './evaluate/bidmc.ts'
import { registerEcg5000 } from './evaluate/ecg5000.ts'
import { registerEvidence } from './evaluate/evidence.ts'
import { registerMitdb } from './evaluate/mitdb.ts'
import { registerQrs } from './evaluate/qrs.ts'
import { registerQuality } from './evaluate/quality.ts'
import { registerScenarios } from './evaluate/scenarios.ts'
import { registerSpc } from './evaluate/spc.ts'
import { registerTsb } from './evaluate/tsb.ts'
import { registerUcr } from './evaluate/ucr.ts'

export function registerEvaluateCommand(program: Command): void {
  const evaluate = program.command('evaluate').description('measure on published data sets, beside baselines')
  for (const register of [
    registerAlarms,
    registerBidmc,
    registerEcg5000,
    registerEvidence,
    registerMitdb,
    registerQrs,
    registerQuality,
    registerScenarios,
    registerSpc,
    registerTsb,
    registerUcr,
  ])
    register(evaluate)
}

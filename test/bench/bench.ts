import { parseArgs } from 'node:util'
import { thisCommit, thisMachine, type Machine } from '../../models/evaluation/evaluation.ts'
import type { Measured } from './suite.ts'
import { suites } from './suites.ts'
import { tableOf } from './table.ts'

/** What `npm run bench -- SUITE --json` prints, on one line. */
export interface BenchResult extends Measured {
  suite: string
  commit: string
  machine: Machine
}

/** Runs the suite that the arguments name; returns the exit code: 0 done, 1 failed, 2 wrong use. */
export async function bench(
  args: string[],
  print: (text: string) => void,
  complain: (text: string) => void,
): Promise<number> {
  let wanted
  try {
    wanted = parseArgs({
      args,
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
    })
  } catch (error) {
    complain(`bench: ${error instanceof Error ? error.message : String(error)}\n`)
    return 2
  }
  const [name = '', ...more] = wanted.positionals
  const suite = Object.hasOwn(suites, name) ? suites[name] : undefined
  if (suite === undefined || more.length > 0) {
    const list = Object.entries(suites).map(([known, { about }]) => `  ${known}: ${about}\n`)
    const received = wanted.positionals.join(' ') || 'none'
    complain(`bench: expected one suite, received ${received}\n${list.join('')}`)
    return 2
  }
  const machine = thisMachine()
  const commit = thisCommit()
  try {
    const { rows, ratios } = await suite.run({ quick: wanted.values.quick })
    const result: BenchResult = { suite: name, commit, machine, rows, ratios }
    print(wanted.values.json ? `${JSON.stringify(result)}\n` : tableOf(result))
    return 0
  } catch (error) {
    complain(`bench: ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return 1
  }
}

import { parseArgs } from 'node:util'
import { thisCommit, thisMachine } from '../../models/evaluation/evaluation.ts'
import { campaign } from './campaign.ts'
import { offline, type OfflineResult } from './offline.ts'

const usage = `npm run faults -- [--kills N] [--seed N] [--minutes N] [--json]

Kills a real gateway, its broker, its InfluxDB, its disk and its clock, and counts what was lost.

  --kills N    how often the gateway is killed (200)
  --seed N     another plan, other wearers (1)
  --minutes N  begin no further fault after so long
  --json       one object on one line

npm run faults -- offline [--hours N] [--wearers N] [--seed N] [--json]

Puts what so many wearers (50) say in so many hours (12) without InfluxDB into a gateway's data file, and watches it drain.

Exit code 0: nothing lost, nothing twice, every outage told; offline: all of it kept, no live alarm a second later than usual;
1: otherwise, or failed; 2: wrong use.
`

/** What `npm run faults` does; returns the exit code. */
export async function faults(
  args: string[],
  print: (text: string) => void,
  complain: (text: string) => void,
): Promise<number> {
  const isOffline = args[0] === 'offline'
  let wanted
  try {
    wanted = isOffline ? readOffline(args.slice(1)) : readCampaign(args)
  } catch (error) {
    complain(`faults: ${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    return 2
  }
  const { json } = wanted
  try {
    const say = json ? () => undefined : (text: string) => complain(`${text}\n`)
    const [result, good] =
      'hours' in wanted
        ? await offline(wanted, say).then((found) => [found, isKept(found)] as const)
        : await campaign({ ...wanted, say }).then((found) => [found, isClean(found)] as const)
    const whole = { commit: thisCommit(), machine: thisMachine(), ...result }
    print(`${JSON.stringify(whole, undefined, json ? undefined : 2)}\n`)
    return good ? 0 : 1
  } catch (error) {
    complain(`faults: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    return 1
  }
}

/** Whether a campaign's result is what is asked for. */
export function isClean({
  alarms,
  summaries,
  outages,
}: Pick<Awaited<ReturnType<typeof campaign>>, 'alarms' | 'summaries' | 'outages'>): boolean {
  return alarms.lost === 0 && alarms.duplicated === 0 && summaries.lost === 0 && outages.told === outages.asked
}

/** Whether all of the backlog was kept and stored, and no live alarm waited for a second longer than with nothing waiting. */
function isKept({ backlog, disk, drain, afterwards, lost }: OfflineResult): boolean {
  const kept = backlog.givenUp === 0 && disk.mebibytes <= disk.limitMebibytes
  return kept && lost.alarms === 0 && lost.summaries === 0 && drain.liveAlarms.worst - afterwards.worst <= 1
}

function readCampaign(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      kills: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  return {
    kills: whole('kills', values.kills, 0),
    seed: whole('seed', values.seed, 0),
    json: values.json,
    ...(values.minutes !== undefined && { minutes: number('minutes', values.minutes, 0) }),
  }
}

function readOffline(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      hours: { type: 'string', default: '12' },
      wearers: { type: 'string', default: '50' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  })
  return {
    hours: whole('hours', values.hours, 1),
    wearers: whole('wearers', values.wearers, 1),
    seed: whole('seed', values.seed, 0),
    json: values.json,
  }
}

function whole(name: string, text: string, least: number): number {
  const value = number(name, text, least)
  if (!Number.isInteger(value)) throw new Error(`--${name}: expected a whole number, received "${text}"`)
  return value
}

function number(name: string, text: string, least: number): number {
  const value = Number(text)
  if (!(value >= least)) throw new Error(`--${name}: expected a number of ${least} or more, received "${text}"`)
  return value
}

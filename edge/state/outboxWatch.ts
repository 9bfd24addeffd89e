import type { Finding } from '../flow.ts'
import { gatewayFinding } from '../gatewayFinding.ts'
import type { Journal } from './journal.ts'
import type { Repair } from './dataFile.ts'

/** Full enough that something was or will soon be given up, and empty enough that this is over: shares of the limit. */
const [full, notFull] = [0.95, 0.85]

/**
 * Says when the outbox is so full that summaries, or at last alarms, are given up, and when that is over.
 *
 * @returns looks at a report of the outbox; call it every few seconds
 */
export function watchOutbox(): (report: ReturnType<Journal['outboxReport']>, now: number) => Finding[] {
  let before = { dropped: 0, droppedAlarms: 0 }
  let losing = { summaries: false, alarms: false }
  return ({ bytes, maxBytes, thinned, dropped, droppedAlarms }, now) => {
    const isFull = bytes >= full * maxBytes
    const isOver = bytes < notFull * maxBytes
    losing = {
      summaries: !isOver && (isFull || dropped > before.dropped || losing.summaries),
      alarms: !isOver && (droppedAlarms > before.droppedAlarms || losing.alarms),
    }
    before = { dropped, droppedAlarms }
    const params = {
      maxBytes,
      secondsGivenUp: thinned,
      minutesGivenUp: dropped - droppedAlarms,
      alarmsGivenUp: droppedAlarms,
    }
    return [
      gatewayFinding(now, { code: 'outbox-full', about: 'summaries', abnormal: losing.summaries, params }),
      gatewayFinding(now, { code: 'outbox-full', about: 'alarms', abnormal: losing.alarms, params }),
    ]
  }
}

/** That the data file was damaged: told once, and over when it is told. */
export function repairFindings({ setAside, salvaged }: Repair, now: number): Finding[] {
  const incomplete = salvaged.filter(({ complete }) => !complete)
  const lost = salvaged.length === 0 ? 'everything' : incomplete.map(({ table }) => table).join(', ')
  const params = { setAside, lost: lost === '' ? 'nothing' : lost }
  return [true, false].map((abnormal) => gatewayFinding(now, { code: 'data-file-repaired', abnormal, params }))
}

/** What was read of a damaged file, for the log and the quarantine. */
export function repairText({ setAside, damage, salvaged }: Repair): string {
  const read = salvaged.map(({ table, rows, complete }) => `${table} ${rows} rows${complete ? '' : ', not all'}`)
  return `data file damaged (${damage}); set aside as ${setAside}; read of it: ${read.join('; ') || 'nothing'}`
}

import { describe, expect, it } from 'vitest'
import { openDatabase } from './database.ts'
import { Journal } from './journal.ts'
import { repairFindings, repairText, watchOutbox } from './outboxWatch.ts'

const report = { ...new Journal(openDatabase(':memory:')).outboxReport(), maxBytes: 100 }
const abnormal = (findings: ReturnType<ReturnType<typeof watchOutbox>>) =>
  findings.filter((f) => f.abnormal).map((f) => f.about)

describe('watch of the outbox', () => {
  it('tells when it is full, what is given up, and not that it is over before there is room', () => {
    const look = watchOutbox()
    expect(abnormal(look({ ...report, bytes: 50 }, 1))).toEqual([])
    expect(abnormal(look({ ...report, bytes: 96 }, 2))).toEqual(['summaries'])
    expect(abnormal(look({ ...report, bytes: 90, thinned: 8 }, 3))).toEqual(['summaries'])
    expect(abnormal(look({ ...report, bytes: 96, dropped: 2, droppedAlarms: 1 }, 4))).toEqual(['summaries', 'alarms'])
    expect(abnormal(look({ ...report, bytes: 90, dropped: 2, droppedAlarms: 1 }, 5))).toEqual(['summaries', 'alarms'])
    expect(abnormal(look({ ...report, bytes: 20, dropped: 2, droppedAlarms: 1 }, 6))).toEqual([])
  })

  it('tells of a repair what was lost', () => {
    const repair = { setAside: 'x.damaged', damage: 'page 3', salvaged: [{ table: 'state', rows: 5, complete: false }] }
    expect(repairFindings(repair, 7)).toMatchObject([
      { code: 'data-file-repaired', wearer: '', device: '', abnormal: true, params: { lost: 'state' }, sampledAt: 7 },
      { abnormal: false },
    ])
    expect(repairFindings({ ...repair, salvaged: [] }, 7)[0]).toMatchObject({ params: { lost: 'everything' } })
    expect(repairText(repair)).toBe(
      'data file damaged (page 3); set aside as x.damaged; read of it: state 5 rows, not all',
    )
  })
})

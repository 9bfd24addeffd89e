import { applyFinding, noCause } from '../../edge/alarms/causes.ts'
import { alarmTable, type Rule } from '../../edge/alarms/table.ts'
import type { AlarmCode } from '../../edge/messages.ts'
import type { Finding } from '../../edge/flow.ts'
import type { AlarmLogic } from '../calibration/alarmLogic.ts'

/** The gateway's own rule for an alarm, on scores: above the threshold is abnormal. */
export function alarmLogicOf(code: AlarmCode): AlarmLogic {
  const { rule } = alarmTable[code]
  return {
    description: `${code}: ${described(rule)}`,
    watch(threshold) {
      const cause = noCause()
      let active = false
      let quiet = true
      return {
        push(at, score) {
          const abnormal = score > threshold
          // Nothing was and nothing is: most windows by far.
          if (quiet && !abnormal) return undefined
          const change = applyFinding(rule, cause, findingAt(code, at, abnormal), active)
          if (change.change === 'on') active = true
          if (change.change === 'off') active = false
          quiet = !active && cause.since === undefined && cause.recent.every((look) => !look.abnormal)
          if (change.change === 'on') return { change: 'on', onset: change.onset.tick }
          return change.change === 'off' ? { change: 'off' } : undefined
        },
      }
    },
  }
}

function findingAt(code: AlarmCode, tick: number, abnormal: boolean): Finding {
  const stamp = { source: '', device: '', wearer: '', bootId: 1, tick, sampledAt: tick }
  return { kind: 'finding', ...stamp, code, abnormal, timing: 'stream' }
}

function described(rule: Rule): string {
  switch (rule.kind) {
    case 'at-once':
      return 'at once above the threshold, over at once'
    case 'count':
      return `${rule.onAtLeast} of ${rule.of} windows above the threshold, over at ${rule.offAtMost} of ${rule.of}`
    case 'hold':
      return `above the threshold for ${rule.onSeconds} s, over after ${rule.offSeconds} s below it`
  }
}

import { isShakenUpTo } from '../rhythm/shaken.ts'
import type { Motion } from '../stages/motion.ts'
import { stampOf, type BeatSeen, type Finding } from '../flow.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'
import type { Detector } from './detector.ts'

/**
 * Three beats are a run, from 100/min (AHA/ACC/HRS 2017: ventricular tachycardia is three or more beats above 100/min; IEC
 * 60601-2-27 leaves the number to the maker). Told from five beats on, as bedside monitors do: salvoes of three and four
 * are burden, not alarms.
 */
export const ventricularRunSettings = {
  leastPerMinute: 100,
  alarmBeats: 5,
  /** While the device is shaken strongly, as by running, which makes up to a dozen beats in a row look like ventricular ones. */
  shakenAlarmBeats: 15,
  endUsualBeats: 3,
  regularWithin: 0.25,
} as const

interface Run {
  /** Stream time of its first beat, µs. */
  from: number
  last: number
  beats: number
  told: boolean
  /** Other beats since. */
  others: number
}

/** Ventricular-like beats in a row at 100/min or more, with onset at the first of them; over after three other beats. */
export function ventricularRun(motion?: Motion['devices']): Detector {
  const state = new KeyedState(
    plainState<Run>('ventricular-run', 1, () => ({ from: 0, last: 0, beats: 0, told: false, others: 0 })),
  )
  return {
    name: 'ventricular-run',
    state: [state],
    takes: ['restart', 'handover', 'gap', 'beat'],
    stage(item, emit) {
      emit(item)
      if (item.kind === 'restart' || item.kind === 'handover') state.forget(item.device)
      if (item.kind === 'gap' && state.peek(item.device) !== undefined && !state.of(item.device).told)
        state.forget(item.device)
      if (item.kind !== 'beat') return
      const run = state.of(item.device)
      const { label = 'unknown' } = item
      if (label === 'ventricular' || label === 'doubtful') {
        const rrSeconds = item.beat.rrSeconds ?? Infinity
        const { leastPerMinute, regularWithin, alarmBeats, shakenAlarmBeats } = ventricularRunSettings
        const fast = rrSeconds * leastPerMinute <= 60
        // Where much moves, only what comes regularly can be beats.
        const mean = (run.last - run.from) / 1e6 / (run.beats - 1)
        const regular = run.beats < 2 || Math.abs(rrSeconds - mean) <= regularWithin * mean
        const follows = run.beats > 0 && run.others === 0 && fast && (label === 'ventricular' || regular)
        if (!follows && !run.told) {
          if (label === 'doubtful') return state.forget(item.device)
          Object.assign(run, { from: item.tick, beats: 0 })
        }
        Object.assign(run, { last: item.tick, beats: run.beats + 1, others: 0 })
        const least = isShakenUpTo(motion?.peek(item.device), item.tick) ? shakenAlarmBeats : alarmBeats
        if (!run.told && run.beats < least) return
        const perMinute = Math.round((60e6 * (run.beats - 1)) / (run.last - run.from))
        emit(found(item, run.from, true, { beats: run.beats, perMinute }))
        run.told = true
        return
      }
      // A beat that could not be judged ends no run that is told already, nor does it begin one.
      if ((label === 'unknown' || label === 'obscured') && run.told) return
      run.others += 1
      if (!run.told) run.beats = 0
      else if (run.others >= ventricularRunSettings.endUsualBeats) {
        emit(found(item, item.tick, false))
        state.forget(item.device)
      }
    },
  }
}

function found(item: BeatSeen, at: number, abnormal: boolean, params?: NonNullable<Finding['params']>): Finding {
  const finding = {
    kind: 'finding',
    ...stampOf(item, at),
    code: 'ventricular-run',
    abnormal,
    timing: 'stream',
  } as const
  return params === undefined ? finding : { ...finding, params }
}

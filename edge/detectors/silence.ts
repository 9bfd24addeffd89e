import { signals } from '../../firmware-bridge/signals.ts'
import { stampOf, type Stage, type Stamp } from '../flow.ts'
import { clockSet } from '../stages/clockSet.ts'
import type { AssignmentBook } from '../stages/wearers.ts'
import type { Detector } from './detector.ts'

interface Heard {
  /** Gateway clock at the last measurement, or when the gateway began to listen, µs. */
  at: number
  /** How long it may be quiet, µs: longer for a device that measures rarely. */
  patience: number
  /** The last measurement since the gateway started. */
  last?: Stamp
  /** Undefined: not known yet, an alarm from before a restart may still stand. */
  silent?: boolean
}

/** A device that measures once in a while is silent after so many of its periods. */
const patientPeriods = 2.5

/**
 * A device that somebody wears and that measures nothing for `silenceSeconds` of wall-clock time (or two and a half of its own
 * periods), whatever else it says, and even if it has never been heard since the gateway started. Its first measurement
 * ends the silence. A device that was switched off on purpose is not expected to speak.
 */
export function silence(
  book: AssignmentBook,
  isOff: (device: string) => boolean,
  silenceSeconds: number,
  now: () => number,
): Detector {
  // Not kept on disk: a gateway that was not running does not know who was silent meanwhile.
  const devices = new Map<string, Heard>()
  const heardOf = (device: string): Heard => {
    const heard = devices.get(device) ?? { at: now(), patience: silenceSeconds * 1e6 }
    devices.set(device, heard)
    return heard
  }
  const setBy = clockSet()
  const stage: Stage = (item, emit) => {
    emit(item)
    if (item.kind === 'handover') devices.delete(item.device)
    if (item.kind === 'said' && item.record.kind === 'samples') {
      const { signal, values, rateHz } = item.record
      // What no sensor can have measured is not a measurement, however often it comes.
      const { min, max } = signals[signal]
      if (!values.some((value) => value >= min && value <= max)) return
      const heard = heardOf(item.device)
      heard.at = now()
      heard.patience = Math.max(silenceSeconds, (patientPeriods * values.length) / rateHz) * 1e6
    }
    if (item.kind === 'samples' || item.kind === 'vital') {
      const heard = heardOf(item.device)
      // Measured and yet nothing: not a word that ends a silence.
      if (item.kind === 'samples' && item.values.every((value) => Number.isNaN(value))) return
      heard.last = stampOf(item)
      if (heard.silent === false) return
      heard.silent = false
      emit({ kind: 'finding', ...heard.last, code: 'device-silent', abnormal: false, timing: 'wall' })
    }
    if (item.kind !== 'tick') return
    const by = setBy(item)
    if (by !== 0) for (const heard of devices.values()) heard.at += by
    for (const device of book.devices()) {
      const heard = heardOf(device)
      const wearer = book.wearerOf(device, item.now)
      if (wearer === undefined || heard.silent === true || isOff(device)) continue
      if (item.now - heard.at < heard.patience) continue
      heard.silent = true
      const never: Stamp = { source: '', device, wearer, bootId: 0, tick: heard.at, sampledAt: heard.at }
      emit({
        kind: 'finding',
        ...(heard.last ?? never),
        wearer,
        code: 'device-silent',
        abnormal: true,
        params: { seconds: Math.round(heard.patience / 1e6), everHeard: heard.last === undefined ? 'no' : 'yes' },
        timing: 'wall',
      })
    }
  }
  return { name: 'silence', state: [], takes: ['handover', 'said', 'samples', 'vital', 'tick'], stage }
}

import { stampOf, type Stage, type Stamp } from '../flow.ts'
import type { AssignmentBook } from '../stages/wearers.ts'
import type { Detector } from './detector.ts'

interface Heard {
  /** Gateway clock at the last word, or when the gateway began to listen, µs. */
  at: number
  /** The last measurement since the gateway started. */
  last?: Stamp
  /** Undefined: not known yet, an alarm from before a restart may still stand. */
  silent?: boolean
}

/**
 * A device that somebody wears and that says nothing for `silenceSeconds` of wall-clock time, even if it has never been
 * heard since the gateway started. Its first measurement ends the silence. A device that was switched off on purpose is
 * not expected to speak.
 */
export function silence(
  book: AssignmentBook,
  isOff: (device: string) => boolean,
  silenceSeconds: number,
  now: () => number,
): Detector {
  // Not kept on disk: a gateway that was not running does not know who was silent meanwhile.
  const devices = new Map<string, Heard>()
  const heardOf = (device: string, at: number): Heard => {
    const heard = devices.get(device) ?? { at }
    devices.set(device, heard)
    return heard
  }
  const stage: Stage = (item, emit) => {
    emit(item)
    if (item.kind === 'said' || item.kind === 'device-event' || item.kind === 'samples' || item.kind === 'vital')
      heardOf(item.device, now()).at = now()
    if (item.kind === 'samples' || item.kind === 'vital') {
      const heard = heardOf(item.device, now())
      heard.last = stampOf(item)
      if (heard.silent === false) return
      heard.silent = false
      emit({ kind: 'finding', ...heard.last, code: 'device-silent', abnormal: false, timing: 'wall' })
    }
    if (item.kind !== 'tick') return
    for (const device of book.devices()) {
      const heard = heardOf(device, item.now)
      const wearer = book.wearerOf(device, item.now)
      if (wearer === undefined || heard.silent === true || isOff(device)) continue
      if (item.now - heard.at < silenceSeconds * 1e6) continue
      heard.silent = true
      const never: Stamp = { source: '', device, wearer, bootId: 0, tick: heard.at, sampledAt: heard.at }
      emit({
        kind: 'finding',
        ...(heard.last ?? never),
        wearer,
        code: 'device-silent',
        abnormal: true,
        params: { seconds: silenceSeconds, everHeard: heard.last === undefined ? 'no' : 'yes' },
        timing: 'wall',
      })
    }
  }
  return { name: 'silence', state: [], stage }
}

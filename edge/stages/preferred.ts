import type { SignalName } from '../../firmware-bridge/signals.ts'
import type { Flow, Stage, Vital } from '../flow.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'

/** Who says a vital sign, and when it was last said, gateway time in µs. */
interface Speaker {
  device: string
  rank: number
  at: number
}

/** Of one wearer: who speaks for each vital sign. */
export type Speakers = Partial<Record<SignalName, Speaker>>

/** Whoever says nothing for so long is no longer waited for, µs. */
export const freshMicros = 10_000_000

export const speakerStates = (): KeyedState<Speakers> => new KeyedState(plainState<Speakers>('speakers', 1, () => ({})))

/**
 * Marks as `spare` what another source of the same wearer says better at that time, so that whoever takes a single value does not
 * take two in turn. Order: a heart rate from an ECG, then what a device itself says, then what is made of its PPG (or, breathing,
 * of its waveforms); of equal ones the device whose name comes first. Gateway time alone decides, so that a recording gives the same however fast it
 * is played; of equal ones, one whose clock lies behind is not heard again before its time has caught up.
 */
export function preferOne(states: KeyedState<Speakers>): Stage {
  return (item, emit) => {
    if (item.kind === 'handover' || item.kind === 'restart' || item.kind === 'clock-step')
      release(states, item.wearer, item.device)
    if (item.kind !== 'vital') return emit(item)
    const offered: Speaker = { device: item.device, rank: rankOf(item), at: item.sampledAt }
    const speaker = states.peek(item.wearer)?.[item.signal]
    if (speaker !== undefined && !takesOver(offered, speaker)) return emit({ ...item, spare: true })
    states.of(item.wearer)[item.signal] = offered
    emit(item)
  }
}

function takesOver(offered: Speaker, speaker: Speaker): boolean {
  // What a single device says twice was settled before, at its beats and waveforms.
  if (offered.device === speaker.device || offered.at - speaker.at > freshMicros) return true
  if (offered.rank !== speaker.rank) return offered.rank < speaker.rank
  return offered.device < speaker.device
}

function rankOf({ signal, from }: Vital): number {
  if (signal === 'heartRate' && from === 'ecg') return 0
  return from === 'device' ? 1 : 2
}

/** Its time may go back, or it is somebody else's: whoever speaks next is heard. */
function release(states: KeyedState<Speakers>, wearer: string, device: string): void {
  const known = Object.entries(states.peek(wearer) ?? {}) as [SignalName, Speaker][]
  for (const [signal, speaker] of known) if (speaker.device === device) delete states.of(wearer)[signal]
}

/** The one device that tells something which cannot be mixed, such as the axes of its own acceleration. */
export interface OneDevice {
  device: string
  /** Gateway time, µs. */
  at: number
}

/** Whether this device is the one, or becomes it: the one before is silent, or its name comes later. */
export function isTheOne(
  one: OneDevice | undefined,
  { device, sampledAt }: Extract<Flow, { sampledAt: number }>,
): boolean {
  return one === undefined || device <= one.device || sampledAt - one.at > freshMicros
}

import type { SignalName } from '../../firmware-bridge/signals.ts'
import type { Flow, Stage, Vital } from '../flow.ts'
import { KeyedState, plainState } from '../state/keyedState.ts'

/** Who says a vital sign, and when it was last said, gateway time in µs. */
interface Speaker {
  device: string
  rank: number
  at: number
  /** How far others' clocks are ahead of this one's, by when they first spoke after it, µs; where they were heard so. */
  leads?: Record<string, number>
  /** Whose silence it has broken, and how far its clock was ahead then, µs. */
  instead?: { of: string; lead: number }
  /** Who has spoken since it last did. */
  since?: string[]
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
 * is played; how far the devices' clocks are apart is learnt from when they speak, so that one that lies behind or ahead is
 * neither taken for silent nor waited for longer.
 */
export function preferOne(states: KeyedState<Speakers>): Stage {
  return (item, emit) => {
    if (item.kind === 'handover' || item.kind === 'restart' || item.kind === 'clock-step')
      release(states, item.wearer, item.device)
    if (item.kind !== 'vital') return emit(item)
    const offered: Speaker = { device: item.device, rank: rankOf(item), at: item.sampledAt }
    const speaker = states.peek(item.wearer)?.[item.signal]
    if (speaker === undefined) states.of(item.wearer)[item.signal] = offered
    else if (offered.device === speaker.device) {
      // What a single device says twice was settled before, at its beats and waveforms.
      const known = states.of(item.wearer)[item.signal] as Speaker
      known.rank = offered.rank
      known.at = offered.at
      if (known.since !== undefined) delete known.since
    } else {
      const known = states.of(item.wearer)[item.signal] as Speaker
      if (!takesOver(offered, known)) return emit({ ...item, spare: true })
      states.of(item.wearer)[item.signal] = offered
    }
    emit(item)
  }
}

/** Whether another device is heard from now on; else what its time tells is remembered with the speaker. */
function takesOver(offered: Speaker, speaker: Speaker): boolean {
  const { device } = offered
  const lead = offered.at - speaker.at
  const known = speaker.leads?.[device]
  const isPreferred = offered.rank === speaker.rank ? device < speaker.device : offered.rank < speaker.rank
  if (isPreferred) {
    const { instead } = speaker
    // The speaker goes on beside it, from now on as one of the others.
    const own = -lead >= -freshMicros ? -lead : instead?.of === device ? instead.lead : undefined
    if (own !== undefined) offered.leads = { [speaker.device]: own }
    return true
  }
  if (lead - (known ?? 0) > freshMicros) {
    offered.instead = { of: speaker.device, lead }
    return true
  }
  if (speaker.since?.includes(device) !== true) {
    // It speaks first after the speaker. That its clock is behind is sure; what seems ahead may be a pause of the speaker.
    const next = known === undefined ? Math.min(0, lead) : lead < known ? lead : known + (lead - known) / 8
    speaker.leads = { ...speaker.leads, [device]: Math.round(next) }
    speaker.since = [...(speaker.since ?? []), device]
  }
  return false
}

function rankOf({ signal, from }: Vital): number {
  if (signal === 'heartRate' && from === 'ecg') return 0
  return from === 'device' ? 1 : 2
}

/** Its time may go back, or it is somebody else's: whoever speaks next is heard. */
function release(states: KeyedState<Speakers>, wearer: string, device: string): void {
  const known = Object.entries(states.peek(wearer) ?? {}) as [SignalName, Speaker][]
  for (const [signal, speaker] of known)
    if (speaker.device === device) delete states.of(wearer)[signal]
    else if (speaker.leads?.[device] !== undefined) delete states.of(wearer)[signal]?.leads?.[device]
}

/** The one device that tells something which cannot be mixed, such as the axes of its own acceleration. */
export interface OneDevice {
  device: string
  /** Gateway time, µs. */
  at: number
  /** Who else could, and since when, by its own clock, the one has said nothing, µs. */
  waiting?: { device: string; since: number }
}

/**
 * Whether this device is the one, or becomes it: its name comes first, or it has waited for the one for ten seconds of its own
 * clock. Notes in `one` who waits.
 */
export function isTheOne(
  one: OneDevice | undefined,
  { device, sampledAt }: Extract<Flow, { sampledAt: number }>,
): boolean {
  if (one === undefined || device <= one.device) return true
  if (one.waiting?.device === device) return sampledAt - one.waiting.since > freshMicros
  one.waiting = { device, since: sampledAt }
  return false
}

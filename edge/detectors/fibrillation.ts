import { stampOf, type BeatSeen, type Finding, type Samples, type Stamp } from '../flow.ts'
import {
  FibrillationWindow,
  fibrillationSettings,
  heldSeconds,
  looksLikeFibrillation,
  type FibrillationWindowSnapshot,
  type WaveLook,
} from '../rhythm/fibrillationWindow.ts'
import { isShakenUpTo } from '../rhythm/shaken.ts'
import { canFindBeats } from '../stages/beats.ts'
import type { Contact } from '../stages/contact.ts'
import type { Motion } from '../stages/motion.ts'
import { KeyedState } from '../state/keyedState.ts'
import type { Detector } from './detector.ts'

/** Looks in a row, a second apart, until it is told, and until it is over. */
const tellingLooks = 2
const endingLooks = 5
/**
 * So many beats like the wearer's own in the window are a heart that beats, or while those are not known yet so many clear ones
 * that do not come fast. A premature one is the wearer's own from this interval on, s.
 */
const leastUsual = 2
const leastClear = 3
const slowSeconds = 0.4
const earliestSeconds = 0.33
/** Never more than this remembered: five seconds of the fastest beats. */
const mostBeats = 32

interface Look {
  /** Stream time of the window's end, µs. */
  tick: number
  alike: boolean
  hz: number
  millivolts: number
}

interface Waves {
  wearer: string
  /** Stream time up to which it was measured, µs. */
  until: number
  window: FibrillationWindow
  /** Of the block before, not judged yet: its last beats come after it. */
  looks: Look[]
  /** Latest beats that hold off an alarm. */
  beats: { tick: number; usual: boolean }[]
  /** Looks in a row that were alike, and the start of the first; looks in a row that were not. */
  alike: number
  from: number
  others: number
  told: boolean
}

/**
 * Waves in the ECG as of fibrillating or fluttering ventricles, whatever was found of beats and of their quality. Beats like the
 * wearer's own in the same seconds speak against it, as wide complexes with high T waves can look alike; so does strong movement
 * of the device: `no-beats` says then that the ECG cannot be read.
 */
export function fibrillation(contacts: KeyedState<Contact>, motion: Motion['devices']): Detector {
  const state = new KeyedState<Waves>({
    part: 'fibrillation',
    version: 1,
    create: () => ({
      wearer: '',
      until: -1,
      window: new FibrillationWindow(250),
      looks: [],
      beats: [],
      alike: 0,
      from: 0,
      others: 0,
      told: false,
    }),
    snapshot: ({ window, ...rest }) => ({ ...rest, window: window.snapshot() }),
    restore(saved) {
      const { window, ...rest } = saved as Omit<Waves, 'window'> & { window: FibrillationWindowSnapshot }
      return { ...rest, window: FibrillationWindow.restore(window) }
    },
  })
  return {
    name: 'fibrillation',
    state: [state],
    takes: ['restart', 'handover', 'beat', 'samples'],
    stage(item, emit) {
      emit(item)
      if (item.kind === 'restart' || item.kind === 'handover') state.forget(item.device)
      if (item.kind === 'beat' && isEcgOf(state.peek(item.device), item)) remember(state.of(item.device), item)
      if (item.kind !== 'samples' || item.signal !== 'ecg' || !canFindBeats(item.rateHz)) return
      if (!isEcgOf(state.peek(item.device), item)) state.forget(item.device)
      const waves = state.of(item.device)
      waves.wearer = item.wearer
      for (const look of waves.looks) {
        const shaken = isShakenUpTo(motion.peek(item.device), look.tick)
        const finding = judge(waves, { ...look, alike: look.alike && !shaken && !beats(waves, look.tick) }, item)
        if (finding !== undefined) emit(finding)
      }
      waves.looks = contacts.peek(item.device)?.off === undefined ? see(waves, item) : cut(waves)
    },
  }
}

function isEcgOf(waves: Waves | undefined, { wearer }: Stamp): boolean {
  return waves?.wearer === wearer
}

function remember(waves: Waves, { tick, beat, label = 'unknown' }: BeatSeen): void {
  const rrSeconds = beat.rrSeconds ?? 0
  // Earlier than any sinus node's, a beat is no witness, however narrow.
  const usual = label === 'usual' || (label === 'supraventricular' && rrSeconds >= earliestSeconds)
  const { artifact, saturated } = beat.quality
  const clear = label === 'unknown' && !artifact && !saturated && rrSeconds >= slowSeconds
  if (!usual && !clear) return
  waves.beats.push({ tick, usual })
  if (waves.beats.length > mostBeats) waves.beats.shift()
}

/** The heart was seen to beat in the window that ends here. */
function beats(waves: Waves, tick: number): boolean {
  const within = waves.beats.filter((beat) => beat.tick > tick - fibrillationSettings.windowSeconds * 1e6)
  return within.filter(({ usual }) => usual).length >= leastUsual || within.length >= leastClear
}

function cut(waves: Waves): Look[] {
  waves.window.cut()
  waves.alike = 0
  return []
}

function see(waves: Waves, { tick, rateHz, values }: Samples): Look[] {
  if (waves.window.rateHz !== rateHz) {
    waves.window = new FibrillationWindow(rateHz)
    waves.alike = 0
  } else if (Math.abs(tick - waves.until) > heldSeconds * 1e6) cut(waves)
  waves.until = Math.round(tick + (values.length * 1e6) / rateHz)
  const before = waves.window.samples
  return waves.window.push(values).map((look: WaveLook) => ({
    tick: Math.round(tick + ((look.samples - before) * 1e6) / rateHz),
    alike: looksLikeFibrillation(look),
    hz: Math.round(look.hz * 10) / 10,
    millivolts: Math.round(look.millivolts * 100) / 100,
  }))
}

function judge(waves: Waves, { tick, alike, hz, millivolts }: Look, item: Samples): Finding | undefined {
  const finding = { kind: 'finding', code: 'fibrillation', timing: 'stream' } as const
  if (!alike) {
    waves.alike = 0
    if (!waves.told || ++waves.others < endingLooks) return undefined
    waves.told = false
    return { ...finding, ...stampOf(item, tick), abnormal: false }
  }
  if (waves.alike === 0 && !waves.told) waves.from = tick - fibrillationSettings.windowSeconds * 1e6
  waves.alike += 1
  waves.others = 0
  if (waves.alike < tellingLooks && !waves.told) return undefined
  waves.told = true
  const seconds = Math.round((tick - waves.from) / 1e6)
  return { ...finding, ...stampOf(item, waves.from), abnormal: true, params: { seconds, hz, millivolts } }
}

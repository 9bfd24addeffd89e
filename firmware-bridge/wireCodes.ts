import type { DeviceEventCode, NoReadingCause } from './records.ts'
import { signalNames, signals } from './signals.ts'
import type { SignalName } from './signals.ts'

/** Numbers on the wire; never reused, never renumbered. Those of the signals stand in `signals.ts`. */
export const recordTypes = { hello: 1, samples: 2, event: 3, time: 4 } as const

export const eventWireCodes = {
  'lead-off': 1,
  'lead-on': 2,
  'off-body': 3,
  'on-body': 4,
  button: 5,
  battery: 6,
  fault: 7,
  'session-end': 8,
  'no-reading': 9,
} as const satisfies Record<DeviceEventCode, number>

export const causeWireCodes = {
  invalid: 1,
  'not-at-this-resolution': 2,
  'over-range': 3,
  'under-range': 4,
  reserved: 5,
  searching: 6,
  'poor-signal': 7,
  'sensor-off': 8,
  stored: 9,
} as const satisfies Record<NoReadingCause, number>

const causeByWireCode = new Map<number, NoReadingCause>(
  (Object.keys(causeWireCodes) as NoReadingCause[]).map((cause) => [causeWireCodes[cause], cause]),
)

const eventByWireCode = new Map<number, DeviceEventCode>(
  (Object.keys(eventWireCodes) as DeviceEventCode[]).map((code) => [eventWireCodes[code], code]),
)
const signalByWireCode = new Map<number, SignalName>(signalNames.map((name) => [signals[name].wireCode, name]))

/** The event of a wire code, or undefined where this version knows none. */
export const eventOf = (wireCode: number): DeviceEventCode | undefined => eventByWireCode.get(wireCode)

/** The signal of a wire code, or undefined where this version knows none. */
export const signalOf = (wireCode: number): SignalName | undefined => signalByWireCode.get(wireCode)

/** The cause of a wire code, or undefined where this version knows none. */
export const causeOf = (wireCode: number): NoReadingCause | undefined => causeByWireCode.get(wireCode)

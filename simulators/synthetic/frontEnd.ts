import { seededRandom } from './random.ts'

/** A stretch of stream time, s; its end not included. */
export interface Span {
  fromSeconds: number
  toSeconds: number
}

/** What is wrong at the amplifier's input during a second. */
export interface InputFaults {
  leadOff: Span | undefined
  saturation: Span | undefined
  /** The whole device is off: what its electrodes then pick up. */
  offBody: Span | undefined
}

/** Where the amplifier ends, mV; a usual range of ambulatory recorders. */
export const railMillivolts = 5
/** The current that looks for a lost electrode drives an open input this far beyond the rail. */
const openInputMillivolts = 8
/** Mains hum picked up by one open input, and by both (which the amplifier's difference mostly takes out), mV. */
const humMillivolts = 1
const commonHumMillivolts = 0.04
const openNoiseMillivolts = 0.1
const commonNoiseMillivolts = 0.02
const humHz = 50
/** How fast an open input drifts away, and how fast a closed one settles, s. */
const openTau = 0.15
const settleTau = 0.4

/**
 * The amplifier of the ECG. The function takes one second of what the electrodes give, mV, and writes what the device
 * measures, mV; call it in order.
 */
export function ecgFrontEnd(
  seed: number,
  rateHz: number,
): (second: number, input: Float64Array, faults: InputFaults, output: Float32Array) => void {
  const random = seededRandom(seed, 'front end')
  const open = 1 - Math.exp(-1 / (rateHz * openTau))
  const settle = 1 - Math.exp(-1 / (rateHz * settleTau))
  const turn = (2 * Math.PI * humHz) / rateHz
  let offset = 0
  let humPhase = 0
  return (second, input, { leadOff, saturation, offBody }, output) => {
    if (!leadOff && !saturation && !offBody && Math.abs(offset) < 1e-6) {
      offset = 0
      for (let i = 0; i < rateHz; i++) output[i] = Math.max(-railMillivolts, Math.min(railMillivolts, input[i]!))
      return
    }
    for (let i = 0; i < rateHz; i++) {
      const at = second + i / rateHz
      const off = within(leadOff, at)
      const away = within(offBody, at)
      offset += off || within(saturation, at) ? (openInputMillivolts - offset) * open : -offset * settle
      humPhase += turn
      let value = input[i]!
      if (away) value = commonHumMillivolts * Math.sin(humPhase) + random.normal(0, commonNoiseMillivolts)
      else if (off) value = humMillivolts * Math.sin(humPhase) + random.normal(0, openNoiseMillivolts)
      output[i] = Math.max(-railMillivolts, Math.min(railMillivolts, offset + value))
    }
    humPhase %= 2 * Math.PI
  }
}

export function within(span: Span | undefined, seconds: number): boolean {
  return span !== undefined && seconds >= span.fromSeconds && seconds < span.toSeconds
}

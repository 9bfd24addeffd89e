import { seededRandom } from './random.ts'

/** Where the amplifier ends, mV; a usual range of ambulatory recorders. */
export const railMillivolts = 5
/** The current that looks for a lost electrode drives an open input this far beyond the rail. */
const openInputMillivolts = 8
/** Mains hum picked up by an open input, mV, and its frequency. */
const humMillivolts = 1
const humHz = 50
/** How fast an open input drifts away, and how fast a closed one settles, s. */
const openTau = 0.15
const settleTau = 0.4

/** The amplifier of the ECG; call it once a sample, in order. Gives what the device measures, in mV. */
export function ecgFrontEnd(seed: number, rateHz: number): (bodyMillivolts: number, leadOff: boolean) => number {
  const random = seededRandom(seed, 'front end')
  const open = 1 - Math.exp(-1 / (rateHz * openTau))
  const settle = 1 - Math.exp(-1 / (rateHz * settleTau))
  let offset = 0
  let humPhase = 0
  return (bodyMillivolts, leadOff) => {
    offset += leadOff ? (openInputMillivolts - offset) * open : -offset * settle
    humPhase += (2 * Math.PI * humHz) / rateHz
    const input = leadOff ? humMillivolts * Math.sin(humPhase) + random.normal(0, 0.1) : bodyMillivolts
    return Math.max(-railMillivolts, Math.min(railMillivolts, offset + input))
  }
}

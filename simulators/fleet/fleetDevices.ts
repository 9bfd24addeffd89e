import { crc32 } from 'node:zlib'
import { microsPerSecond } from '../timedRecord.ts'

export interface FleetRun {
  wearers: number
  seed: number
  /** Time of day at the start of the run, integer µs since the epoch. */
  startEpochMicros: number
  /** Whole seconds; absent: endless. */
  seconds?: number | undefined
}

/** One of many wearers with the same signals. */
export interface FleetDevice {
  wearer: string
  device: string
  bootId: number
  /** When it is switched on, integer µs after the start of the run: spread over a second, so that not all send at once. */
  phaseMicros: number
}

/** `fleet-00001` worn by `wearer-00001` and so on; boot ids follow from seed, device and start. */
export function fleetDevices({ wearers, seed, startEpochMicros }: FleetRun): FleetDevice[] {
  return Array.from({ length: wearers }, (_, i) => {
    const number = String(i + 1).padStart(5, '0')
    const device = `fleet-${number}`
    const phaseMicros = Math.floor((i * microsPerSecond) / wearers)
    return {
      wearer: `wearer-${number}`,
      device,
      bootId: plainBootId(JSON.stringify([seed, device, startEpochMicros])),
      phaseMicros,
    }
  })
}

/** A boot id without a byte of 0, which byte stuffing leaves as it is: see `retarget.ts`. */
function plainBootId(text: string): number {
  let bootId = crc32(text)
  for (let shift = 0; shift < 32; shift += 8) if (((bootId >>> shift) & 0xff) === 0) bootId |= 1 << shift
  return bootId >>> 0
}

import { crc32 } from 'node:zlib'
import { mergeDevices } from '../mergeDevices.ts'
import { syntheticDevice } from '../synthetic/syntheticDevice.ts'
import type { TimedFrame } from '../transport/timedFrame.ts'
import type { EncodingName } from '../wire/encoding.ts'
import { encoded, encodings } from '../wire/encoding.ts'
import type { Message } from '../wire/messages.ts'
import { inMessages } from '../wire/messages.ts'
import type { FleetRun } from './fleetDevices.ts'
import { fleetDevices } from './fleetDevices.ts'

/** What a fleet of synthetic wearers sends, each a person of its own to whom nothing happens; in order of time. */
export function syntheticFleet(run: FleetRun, as: EncodingName = 'frame'): Generator<Message, void, undefined> {
  const encoding = encodings[as]
  return mergeDevices(
    fleetDevices(run).map(({ device, bootId, phaseMicros }) => {
      const records = syntheticDevice(crc32(`${run.seed}/${device}`), {
        device,
        bootId,
        startEpochMicros: run.startEpochMicros + phaseMicros,
        events: [],
        ...(run.seconds === undefined ? {} : { seconds: run.seconds }),
      })
      return inMessages(device, later(encoded(records, encoding), phaseMicros), encoding)
    }),
  )
}

function* later(frames: Iterable<TimedFrame>, byMicros: number): Generator<TimedFrame, void, undefined> {
  for (const frame of frames) yield { ...frame, atMicros: frame.atMicros + byMicros }
}

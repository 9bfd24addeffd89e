import { decoders } from '../../firmware-bridge/decoders.ts'
import { encodeFrame } from '../../firmware-bridge/frame.ts'
import type { WireRecord } from '../../firmware-bridge/records.ts'
import { deviceRecords } from '../../simulators/recordedDevice.ts'
import type { Recording } from '../../simulators/recordings/recording.ts'
import { microsOf } from '../time.ts'

/** The records as a gateway would receive them: coded into frames and read again. */
export async function* overTheWire(recording: Recording, device: string, limit?: number): AsyncGenerator<WireRecord> {
  const options = {
    device,
    startEpochMicros: recording.startTime === undefined ? 0 : microsOf(recording.startTime),
    ...(limit !== undefined && { limitSeconds: limit }),
  }
  const decode = decoders.frame.messages()
  for await (const { record } of deviceRecords(recording, options))
    for (const received of decode(encodeFrame(record))) if ('bootId' in received) yield received
}

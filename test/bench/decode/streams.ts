import { cobsDecode } from '../../../firmware-bridge/cobs.ts'
import { encodeFrame } from '../../../firmware-bridge/frame.ts'
import type { Quantisation } from '../../../firmware-bridge/quantisation.ts'
import { FrameParser } from '../../../firmware-bridge/frameParser.ts'
import type { SamplesRecord } from '../../../firmware-bridge/records.ts'
import { signals } from '../../../firmware-bridge/signals.ts'
import { add } from './add.ts'
import type { Recorded } from './signals.ts'
import { ecgOf, severalSignals } from './signals.ts'

/** What a serial port hands over at once, bytes. */
export const chunkBytes = 4096
/** 200 counts per mV, as the MIT-BIH recordings and many wearables have it. */
const ecgQuantisation: Quantisation = { countsPerUnit: 200, offset: 0 }

/** The same samples in each of the forms that are compared. */
export interface DecodeStream {
  name: string
  samples: number
  records: number
  /** Sum of all values in order, in 64-bit floats. */
  sum: number
  /** Frames of ours, cut as they come from a port. */
  chunks: Buffer[]
  /** The same frames, whole and without delimiter. */
  frames: Uint8Array[]
  /** Contents of the frames behind a start byte and a length of 16 bits, cut alike: what serialport's parser reads. */
  packetChunks: Buffer[]
  /** A message a record, in the form of the gateway's JSON, with the fewest digits that give back each value. */
  json: string[]
}

/** A synthetic ECG of 250 Hz in records of half a second. */
export function ecgStream(seconds: number): DecodeStream {
  const ecg: Recorded = { signal: 'ecg', rateHz: 250, values: ecgOf(seconds, 250) }
  return streamOf('ecg', recordsOf([ecg], 2 * seconds, 0.5), ecgQuantisation)
}

/** Eight signals at their own rates, a record of each a second, in the default quantisation. */
export function multiSignalStream(seconds: number): DecodeStream {
  return streamOf('multiSignal', recordsOf(severalSignals(seconds), seconds, 1))
}

/** `blocks` times a record of each signal, of `blockSeconds` each. */
function recordsOf(recorded: Recorded[], blocks: number, blockSeconds: number): SamplesRecord[] {
  return Array.from({ length: blocks }, (_, block) =>
    recorded.map(({ signal, rateHz, values }, i): SamplesRecord => {
      const count = rateHz * blockSeconds
      return {
        kind: 'samples',
        sequence: block * recorded.length + i,
        bootId,
        tick: block * blockSeconds * 1_000_000,
        signal,
        rateHz,
        values: values.slice(block * count, (block + 1) * count),
      }
    }),
  ).flat()
}

const bootId = 0xc0ffee01

function streamOf(name: string, measured: SamplesRecord[], quantisation?: Quantisation): DecodeStream {
  const frames = measured.map((record) => encodeFrame(record, quantisation))
  const chunks = cut(Buffer.concat(frames))
  // What a reader gets is what the wire carries: rounded to counts.
  const parser = new FrameParser()
  const sent = chunks.flatMap((chunk) => parser.push(chunk)).filter((record) => record.kind === 'samples')
  if (sent.length !== measured.length)
    throw new Error(`${name}: expected ${measured.length} records back, received ${sent.length}`)
  return {
    name,
    records: sent.length,
    samples: sent.reduce((total, { values }) => total + values.length, 0),
    sum: sent.reduce((total, { values }) => add(total, values), 0),
    chunks,
    frames: frames.map((frame) => frame.subarray(0, -1)),
    packetChunks: cut(Buffer.concat(frames.map(packetOf))),
    json: sent.map(jsonOf),
  }
}

function jsonOf({ bootId, sequence, tick, signal, rateHz, values }: SamplesRecord): string {
  const { unit } = signals[signal]
  return JSON.stringify({ bootId, sequence, tick, signal, values: Array.from(values, shortest), rateHz, unit })
}

function cut(stream: Buffer): Buffer[] {
  // Each chunk has memory of its own, as a port's has.
  return Array.from({ length: Math.ceil(stream.length / chunkBytes) }, (_, i) =>
    Buffer.from(stream.subarray(i * chunkBytes, (i + 1) * chunkBytes)),
  )
}

export const packetStart = 0xaa
export const packetHeaderBytes = 3

function packetOf(frame: Uint8Array): Buffer {
  const packet = Buffer.alloc(packetHeaderBytes + frame.length)
  const length = cobsDecode(frame, 0, frame.length - 1, packet.subarray(packetHeaderBytes))
  packet.writeUInt8(packetStart, 0)
  packet.writeUInt16LE(length, 1)
  return packet.subarray(0, packetHeaderBytes + length)
}

/** The decimal of fewest digits that is nearest to this 32-bit float. */
function shortest(value: number): number {
  for (let digits = 1; digits <= 9; digits++) {
    const decimal = Number(value.toPrecision(digits))
    if (Math.fround(decimal) === value) return decimal
  }
  return value
}

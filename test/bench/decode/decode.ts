import type { Candidate, Timing } from '../interleave.ts'
import { interleave, medianRatio, quantile } from '../interleave.ts'
import type { Measured, Row, Suite, SuiteOptions } from '../suite.ts'
import { withBareLoop, withFrameParser, withJson, withPacketLength } from './readers.ts'
import type { DecodeStream } from './streams.ts'
import { ecgStream, multiSignalStream } from './streams.ts'

const readers = {
  frameParser: withFrameParser,
  jsonParse: withJson,
  packetLength: withPacketLength,
  bareLoop: withBareLoop,
} satisfies Record<string, (stream: DecodeStream) => number | Promise<number>>

/**
 * Values a second from bytes of a line: ours, JSON.parse, serialport's packet-length parser, and the bare arithmetic.
 */
export const decodeSuite: Suite = {
  about: 'samples per second from the bytes of a serial line, against JSON.parse and serialport',
  async run(options) {
    const ecg = await measured(ecgStream(options.quick ? 4 : 200), options)
    const multiSignal = await measured(multiSignalStream(options.quick ? 4 : 120), options)
    return {
      rows: [...ecg.rows, ...multiSignal.rows],
      ratios: {
        ...ecg.ratios,
        ...Object.fromEntries(
          Object.entries(multiSignal.ratios).map(([name, ratio]) => [`multiSignal.${name}`, ratio]),
        ),
      },
    }
  },
}

async function measured(stream: DecodeStream, { quick }: SuiteOptions): Promise<Measured> {
  const candidates = Object.entries(readers).map(([name, read]): Candidate => ({ name, pass: () => read(stream) }))
  const timings = await interleave(candidates, {
    rounds: quick ? 1 : 61,
    warmUpRounds: quick ? 0 : 5,
    roundMillis: quick ? 0 : 20,
    expected: stream.sum,
  })
  const timing = (name: keyof typeof readers) => {
    const found = timings.find((candidate) => candidate.name === name)
    if (found === undefined) throw new Error(`decode: expected ${name} among the candidates`)
    return found
  }
  return {
    rows: timings.map((each) => rowOf(stream, each)),
    ratios: {
      decodeToJson: medianRatio(timing('jsonParse'), timing('frameParser')),
      decodeToPacketLength: medianRatio(timing('packetLength'), timing('frameParser')),
      decodeToBareLoop: medianRatio(timing('bareLoop'), timing('frameParser')),
    },
  }
}

function rowOf({ name, samples, records }: DecodeStream, timing: Timing): Row {
  const rate = (seconds: number) => samples / seconds / 1e6
  return {
    name: `${name}.${timing.name}`,
    value: rate(quantile(timing.rounds, 0.5)),
    unit: 'Msamples/s',
    lowerQuartile: rate(quantile(timing.rounds, 0.75)),
    upperQuartile: rate(quantile(timing.rounds, 0.25)),
    samples,
    records,
    checksum: timing.checksum,
  }
}

import { crc32 } from 'node:zlib'
import { dailyLife, daySeconds, simulatedVitals } from '../../../models/cli/simulatedVitals.ts'
import { VitalsStream } from '../../../models/inputs/vitalsStream.ts'
import type { Scenario } from '../../../simulators/scenario.ts'
import type { StateRow } from '../../state/keyedState.ts'
import { microsOf } from '../../time.ts'

/**
 * What a gateway knows of those wearers whom a scenario calls `known`: their vital signs of so long before its start, lived
 * as ordinary days. Made by the body model without waveforms, so that two days cost seconds; what is learnt from
 * waveforms starts afresh.
 */
export function knownWearers(scenario: Scenario): StateRow[] {
  return scenario.wearers.flatMap(({ wearer, seed, known }) => {
    if (known === undefined) return []
    const person = seed ?? crc32(`${scenario.seed}/${wearer}`)
    const stream = new VitalsStream()
    const events = dailyLife(person, Math.ceil(known / daySeconds))
    const startEpochMicros = microsOf(scenario.start) - known * 1e6
    simulatedVitals(person, { seconds: known, events, stream, startEpochMicros })
    const json = JSON.stringify(stream.windows.snapshot())
    return [{ part: 'vitals-windows', key: wearer, version: 1, json }]
  })
}

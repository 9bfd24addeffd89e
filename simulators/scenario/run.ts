import { crc32 } from 'node:zlib'
import { mergeDevices } from '../mergeDevices.ts'
import type { Scenario, ScenarioWearer } from '../scenario.ts'
import type { TruthMark } from '../synthetic/syntheticDevice.ts'
import { syntheticDevice } from '../synthetic/syntheticDevice.ts'
import type { DeviceClock } from '../transport/deviceClock.ts'
import { deviceClock } from '../transport/deviceClock.ts'
import type { FaultDone } from '../transport/throughTransport.ts'
import { throughTransport } from '../transport/throughTransport.ts'
import type { EncodingName } from '../wire/encoding.ts'
import { encoded, encodings } from '../wire/encoding.ts'
import type { Message } from '../wire/messages.ts'
import { inMessages } from '../wire/messages.ts'

export interface ScenarioRun {
  /** Takes the place of the scenario's seed. */
  seed?: number | undefined
  /** Time of day at tick 0 of every device, integer µs since the epoch. */
  startEpochMicros: number
  /** Whole seconds; absent: endless. */
  seconds?: number | undefined
  /** `frame` by default. */
  as?: EncodingName | undefined
  /** Beats and what is going on, as the device's sensors meet it; ticks count from the device's first start. */
  onMark?: ((device: string, mark: TruthMark) => void) | undefined
}

/** The stream identity of one wearer's device in a run. */
export interface ScenarioDevice {
  wearer: string
  device: string
  /** Of the first boot. */
  bootId: number
}

/** A device as it goes through a run. */
export interface DeviceRun extends ScenarioDevice {
  script: ScenarioWearer
  clock: DeviceClock
  messages: Iterable<Message>
  /** What the transport faults have done so far. */
  done: FaultDone[]
}

/**
 * Who sends in this run. The boot id follows from seed, script and start: a run at another time is another boot of the same
 * device, the same run made again is the same stream.
 */
export function scenarioDevices(
  scenario: Scenario,
  { seed = scenario.seed, startEpochMicros }: ScenarioRun,
): ScenarioDevice[] {
  return scenario.wearers.map((wearer) => {
    const bootId = crc32(JSON.stringify([seed, wearer, startEpochMicros]))
    return { wearer: wearer.wearer, device: wearer.device, bootId }
  })
}

/** Each device with what it sends, made when asked for. */
export function deviceRuns(scenario: Scenario, run: ScenarioRun): DeviceRun[] {
  const { seed = scenario.seed, startEpochMicros, seconds, as = 'frame', onMark } = run
  const identities = scenarioDevices(scenario, run)
  return identities.map((identity, i) => {
    const script = scenario.wearers[i] as ScenarioWearer
    const { device, bootId } = identity
    const clock = deviceClock(script.transport, bootId)
    const records = syntheticDevice(script.seed ?? crc32(`${seed}/${script.wearer}`), {
      device,
      bootId,
      startEpochMicros,
      events: script.events.map(({ event }) => event),
      ...(script.signals === undefined ? {} : { signals: script.signals }),
      ...(seconds === undefined ? {} : { seconds }),
      ...(onMark === undefined ? {} : { onTruth: (mark) => onMark(device, mark) }),
    })
    const encoding = encodings[as]
    const { frames, done } = throughTransport(records, {
      faults: script.transport,
      clock,
      seed: crc32(device, seed),
      encode: (clocked) => encoded(clocked, encoding),
    })
    return { ...identity, script, clock, done, messages: inMessages(device, frames, encoding) }
  })
}

/** Everything that the scenario's devices send, in order of time. */
export function scenarioMessages(scenario: Scenario, run: ScenarioRun): Generator<Message, void, undefined> {
  return mergeDevices(deviceRuns(scenario, run).map(({ messages }) => messages))
}

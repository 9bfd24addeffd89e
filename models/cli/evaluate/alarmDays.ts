import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { RunRate } from '../../../edge/cli/runRate.ts'
import { overTheWire } from '../../../edge/cli/overTheWire.ts'
import { runScenario, type ScenarioOptions } from '../../../edge/cli/scenario/runScenario.ts'
import { knownWearers } from '../../../edge/cli/scenario/knownWearers.ts'
import { detectOffline } from '../../../edge/detect.ts'
import { openRecording, type OpenOptions, type Recording } from '../../../simulators/recordings/recording.ts'
import { scenarioSchema } from '../../../simulators/scenario.ts'
import type { AlarmDay } from '../../evaluation/alarmRates.ts'
import { dailyLife, daySeconds } from '../simulatedVitals.ts'

export type Models = Pick<ScenarioOptions, 'bundle' | 'vitalsBundle' | 'ppgBundle'>

/** As the gateway's configuration has them by default. */
const limits = { heartRatePerMinute: 130, spo2Percent: 88, silenceSeconds: 10 }
/** CAST RR sub-study: heart rate, a value a second. */
const heartRateFile = /_hr\.csv(\.gz)?$/

/** What devices send. `all`: waveforms and values as the simulated device does; `values`: one number a second of each vital sign. */
export const simulatedDevices = ['all', 'values'] as const
export type SimulatedDevice = (typeof simulatedDevices)[number]

/**
 * Whole recordings of a folder: WFDB records (RR intervals of beat annotations), heart rates a second, Empatica E4 folders.
 * @throws Error where the folder has none
 */
export async function dayRecordings(directory: string): Promise<{ name: string; open: () => Promise<Recording> }[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  const found = entries.flatMap((entry) => {
    const path = join(directory, entry.name)
    const take = (name: string, options: OpenOptions = {}) => [{ name, open: () => openRecording(path, options) }]
    if (entry.isDirectory()) return take(entry.name)
    if (entry.name.endsWith('.hea')) return take(basename(entry.name, '.hea'))
    if (!heartRateFile.test(entry.name)) return []
    const csv = { rateHz: 1, columns: [{ column: 'hr_bpm', signal: 'heartRate' as const }] }
    return take(entry.name.replace(heartRateFile, ''), { csv })
  })
  if (found.length === 0)
    throw new Error(`${directory}: expected WFDB records (.hea), heart rates (_hr.csv) or folders of an E4, found none`)
  return found.sort((a, b) => a.name.localeCompare(b.name))
}

/** A recording through the gateway's own pipeline, as `detect` runs it. The gateway knows nobody at the start. */
export async function recordedDay(file: string, recording: Recording, models: Models): Promise<AlarmDay> {
  const rate = new RunRate('recorded')
  const wearer = { gateway: 'evaluate', device: 'recorded', wearer: 'recorded', limits }
  for await (const item of detectOffline(overTheWire(recording, 'recorded'), { ...wearer, ...models })) rate.see(item)
  return dayOf(file, rate)
}

/**
 * An ordinary day of a simulated wearer whom the gateway has known for two: sleep, walks, stairs, sometimes a run. Nothing is wrong
 * with them, so every physiological alarm is a false one.
 */
export function simulatedDay(seed: number, device: SimulatedDevice, hours: number, models: Models): AlarmDay {
  const values = ['heartRate', 'spo2', 'respirationRate', 'skinTemperature', 'accX', 'accY', 'accZ']
  const length = hours * 3600
  const events = dailyLife(seed, Math.ceil(length / daySeconds)).map(
    ({ atSeconds, durationSeconds, kind, ...how }) => ({
      kind,
      at: `${atSeconds}s`,
      for: `${durationSeconds}s`,
      ...how,
    }),
  )
  const scenario = scenarioSchema.parse({
    seed,
    start: '2026-01-07T08:00:00Z',
    length: `${length}s`,
    wearers: [
      { wearer: 'w', device: 'd', seed, known: '48h', events, ...(device === 'values' && { signals: values }) },
    ],
  })
  const rate = new RunRate('w')
  runScenario('day', scenario, {
    ...models,
    limits,
    state: knownWearers(scenario),
    onItem: (item) => rate.see(item),
  })
  return dayOf(`simulated ${seed} (${device})`, rate)
}

function dayOf(file: string, rate: RunRate): AlarmDay {
  const { wearerDays, coverage, codes } = rate.result()
  const elapsedSeconds = wearerDays * daySeconds
  return { file, elapsedSeconds, assessableSeconds: coverage * elapsedSeconds, ...codes }
}

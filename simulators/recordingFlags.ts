import type { Command } from 'commander'
import { deviceIdPattern } from '../firmware-bridge/deviceId.ts'
import type { SignalName } from '../firmware-bridge/signals.ts'
import { positiveArgument, signalsArgument, timeArgument, unsignedArgument } from './arguments.ts'
import type { TimeColumn } from './recordings/csv/csvOptions.ts'
import type { OpenOptions } from './recordings/recording.ts'

export interface RecordingFlags {
  signals?: Map<string, SignalName>
  rate?: number
  time?: TimeColumn
  ownTimes?: true
  annotator?: string
  stream?: number
}

export const recordingArgument =
  'a WFDB record (mitdb/208), EDF, BDF or CSV file, Empatica E4 folder, capture or file of frames'

/** The options by which every command that reads a recording is told what it may be. */
export function withRecordingOptions(command: Command): Command {
  return command
    .option('--signals <map>', 'which channels to take as what: MLII=ecg,PLETH=ppg', signalsArgument)
    .option('--rate <hz>', 'CSV: rows a second; not needed where there is a time column', positiveArgument)
    .option('--time <column>', 'CSV: column of times, with its unit where it does not say: timer=ms', timeArgument)
    .option('--own-times', 'CSV: rows are single values at the times that the column says')
    .option('--annotator <name>', 'WFDB: annotation file to read, by its ending')
    .option('--stream <boot id>', 'capture: which boot, where there are several', unsignedArgument)
}

/** What those options mean to `openRecording`. */
export function openOptions({ signals, rate, time, ownTimes, annotator, stream }: RecordingFlags): OpenOptions {
  const columns = [...(signals ?? [])].map(([column, signal]) => ({ column, signal }))
  return {
    ...(annotator === undefined ? {} : { annotator }),
    ...(stream === undefined ? {} : { bootId: stream }),
    csv: {
      columns,
      ...(rate === undefined ? {} : { rateHz: rate }),
      ...(time === undefined ? {} : { time }),
      ...(ownTimes === undefined ? {} : { times: 'own' as const }),
    },
  }
}

/** The recording's name as a device id; CSV files may have names that no device can have. */
export function deviceNamed(recording: string): string {
  if (deviceIdPattern.test(recording)) return recording
  throw new Error(`--device: needed, as the recording's name "${recording}" cannot be a device id`)
}

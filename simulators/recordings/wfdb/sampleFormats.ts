import { RecordingError } from '../recordingError.ts'
import { format16 } from './format16.ts'
import { format212 } from './format212.ts'
import type { SampleFormat } from './sampleFormat.ts'

/** Every format that can be read; a new one is one file and one entry. */
export const sampleFormats: readonly SampleFormat[] = [format16, format212]

/** The format of that number; throws a `RecordingError` naming the file, the signal and the format. */
export function findSampleFormat(headerFile: string, signal: number, code: number): SampleFormat {
  const found = sampleFormats.find((format) => format.code === code)
  if (found) return found
  const known = sampleFormats.map((format) => format.code).join(', ')
  throw new RecordingError(headerFile, `signal ${signal} format`, `one of ${known}`, `${code} (not supported)`)
}

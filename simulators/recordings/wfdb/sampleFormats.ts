import { RecordingError } from '../recordingError.ts'
import { format212 } from './format212.ts'
import type { SampleFormat } from './sampleFormat.ts'
import { format310, format311 } from './tenBitFormats.ts'
import { format16, format160, format24, format32, format61, format8, format80 } from './wholeByteFormats.ts'

/** Every format that can be read; a new one is one entry. */
export const sampleFormats: readonly SampleFormat[] = [
  format8,
  format16,
  format24,
  format32,
  format61,
  format80,
  format160,
  format212,
  format310,
  format311,
]

/** Compressed with FLAC. */
const flacFormats = new Set([508, 516, 524])

/** The format of that number; throws a `RecordingError` naming the header, the signal and its file, and the format. */
export function findSampleFormat(headerFile: string, signal: number, code: number, signalFile: string): SampleFormat {
  const found = sampleFormats.find((format) => format.code === code)
  if (found) return found
  const known = sampleFormats.map((format) => format.code).join(', ')
  const why = flacFormats.has(code) ? 'FLAC-compressed, not supported' : 'not supported'
  throw new RecordingError(
    headerFile,
    `signal ${signal} format of ${signalFile}`,
    `one of ${known}`,
    `${code} (${why})`,
  )
}

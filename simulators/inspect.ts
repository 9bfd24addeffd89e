import type { Annotation, Recording } from './recordings/recording.ts'
import { RecordingError } from './recordings/recordingError.ts'

/** What `inspect --json` prints. */
export interface Inspection {
  format: string
  name: string
  /** ISO 8601; null where the recording has none. */
  startTime: string | null
  durationSeconds: number
  channels: {
    name: string
    unit: string
    rateHz: number
    samples: number
    /** What it is in the table of signals; null where that is not plain. */
    signal: string | null
    /** 16-bit sum over all stored samples; null for formats that do not store integers. */
    checksum: number | null
  }[]
  /** How often each code occurs. */
  annotations: Record<string, number>
}

/**
 * Reads a recording to its end and says what is in it.
 * @throws RecordingError where a channel's checksum or first sample is not what the recording states.
 */
export async function inspectRecording(recording: Recording): Promise<Inspection> {
  const sums = await recording.checksums?.()
  for (const [i, sum] of (sums ?? []).entries()) {
    const where = `channel ${i} (${recording.channels[i]?.name ?? ''})`
    const check = (field: string, stated: number | undefined, found: number | undefined) => {
      // Some writers state checksums without a sign.
      if (stated === undefined || ((stated - (found ?? 0)) & 0xffff) === 0) return
      throw new RecordingError(recording.name, `${where} ${field}`, `${stated}, as stated in the header`, `${found}`)
    }
    check('checksum', sum.stated, sum.checksum)
    check('initial value', sum.statedFirstSample, sum.firstSample)
  }
  return {
    format: recording.format,
    name: recording.name,
    startTime: recording.startTime ?? null,
    durationSeconds: recording.durationSeconds,
    channels: recording.channels.map(({ name, unit, rateHz, samples, signal }, i) => {
      return { name, unit, rateHz, samples, signal: signal ?? null, checksum: sums?.[i]?.checksum ?? null }
    }),
    annotations: countByCode(await recording.annotations()),
  }
}

function countByCode(annotations: Annotation[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { code } of annotations) counts[code] = (counts[code] ?? 0) + 1
  return counts
}

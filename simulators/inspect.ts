import { checkChecksums } from './recordings/checksum.ts'
import type { Annotation, Recording } from './recordings/recording.ts'

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
    /** 0 for an irregular channel. */
    rateHz: number
    samples: number
    /** Recorded time of the first sample, where it is not 0. */
    startSeconds?: number
    /** Single values at moments of their own. */
    irregular?: true
    /** What it is in the table of signals; null where that is not plain. */
    signal: string | null
    /** 16-bit sum over all stored samples; null for formats that do not store integers. */
    checksum: number | null
  }[]
  /** How often each code occurs. */
  annotations: Record<string, number>
  /** What the recording states of itself and is not so, where that does no harm. */
  warnings?: string[]
}

/** How much is read at once where nothing is kept, s. */
const stepSeconds = 10

/**
 * Reads a recording to its end and says what is in it.
 * @throws RecordingError where it cannot be read to its end, and where a channel's checksum is not what the
 * recording states
 */
export async function inspectRecording(recording: Recording): Promise<Inspection> {
  const sums = await recording.checksums?.()
  const names = recording.channels.map(({ name }) => name)
  const warnings = sums ? checkChecksums(recording.name, names, sums) : []
  if (!sums) await readThrough(recording)
  return {
    format: recording.format,
    name: recording.name,
    startTime: recording.startTime ?? null,
    durationSeconds: recording.durationSeconds,
    channels: recording.channels.map(({ name, unit, rateHz, samples, startSeconds, irregular, signal }, i) => ({
      name,
      unit,
      rateHz,
      samples,
      ...(startSeconds === undefined ? {} : { startSeconds }),
      ...(irregular === undefined ? {} : { irregular }),
      signal: signal ?? null,
      checksum: sums?.[i]?.checksum ?? null,
    })),
    annotations: countByCode(await recording.annotations()),
    ...(warnings.length > 0 && { warnings }),
  }
}

async function readThrough(recording: Recording): Promise<void> {
  const steps = recording.blocks(stepSeconds)[Symbol.asyncIterator]()
  while ((await steps.next()).done !== true);
  const values = recording.values?.()[Symbol.asyncIterator]()
  while (values && (await values.next()).done !== true);
}

function countByCode(annotations: Annotation[]): Record<string, number> {
  // Codes may be texts of the recording: a Map has no names of its own.
  const counts = new Map<string, number>()
  for (const { code } of annotations) counts.set(code, (counts.get(code) ?? 0) + 1)
  return Object.fromEntries(counts)
}

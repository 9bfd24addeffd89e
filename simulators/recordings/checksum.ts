import { RecordingError } from './recordingError.ts'

/** Sum of all stored samples of a channel, modulo 2^16, as a signed number (WFDB `header(5)`). */
export interface ChannelChecksum {
  checksum: number
  /** What the recording says it should be; absent where it says nothing. */
  stated?: number
  firstSample?: number
  statedFirstSample?: number
  /** The file that states it. */
  file?: string
}

/** Adds stored samples to a 16-bit sum. */
export function addToChecksum(sum: number, stored: Int32Array): number {
  // Two's complement addition keeps the lower 16 bits whatever the upper ones overflow to.
  let total = sum
  for (let i = 0; i < stored.length; i++) total = (total + (stored[i] ?? 0)) | 0
  return (total << 16) >> 16
}

/**
 * Holds sums against what is stated. A first sample that is not the stated one is told, and not refused, where the checksum
 * shows that the data is what the header describes: the field alone is wrong then.
 *
 * @returns what is wrong with the statements
 * @throws RecordingError naming file and channel where a checksum, or a first sample without one, is not what is stated
 */
export function checkChecksums(
  recording: string,
  names: readonly string[],
  sums: readonly ChannelChecksum[],
): string[] {
  const wrong: string[] = []
  for (const [i, { stated, checksum, statedFirstSample, firstSample, file = recording }] of sums.entries()) {
    const error = (field: string, expected: number, found: number) =>
      new RecordingError(
        file,
        `channel ${i} (${names[i] ?? ''}) ${field}`,
        `${expected}, as stated in the header`,
        `${found}`,
      )
    // Some writers state checksums without a sign.
    if (stated !== undefined && ((stated - checksum) & 0xffff) !== 0) throw error('checksum', stated, checksum)
    if (statedFirstSample === undefined || firstSample === undefined || statedFirstSample === firstSample) continue
    const fault = error('initial value', statedFirstSample, firstSample)
    if (stated === undefined) throw fault
    wrong.push(`${fault.message}; the checksum is right`)
  }
  return wrong
}

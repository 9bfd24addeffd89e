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

/** @throws RecordingError naming file and channel where a checksum or a first sample is not what is stated. */
export function checkChecksums(recording: string, names: readonly string[], sums: readonly ChannelChecksum[]): void {
  for (const [i, sum] of sums.entries()) {
    const check = (field: string, stated: number | undefined, found: number | undefined, difference: number) => {
      if (stated === undefined || found === undefined || difference === 0) return
      const where = `channel ${i} (${names[i] ?? ''}) ${field}`
      throw new RecordingError(sum.file ?? recording, where, `${stated}, as stated in the header`, `${found}`)
    }
    // Some writers state checksums without a sign.
    check('checksum', sum.stated, sum.checksum, ((sum.stated ?? 0) - sum.checksum) & 0xffff)
    const { statedFirstSample, firstSample } = sum
    check('initial value', statedFirstSample, firstSample, (statedFirstSample ?? 0) - (firstSample ?? 0))
  }
}

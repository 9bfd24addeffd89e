import { maxCobsBytes } from './cobs.ts'

export const frameVersion = 1
/** version u8, record type u8, sequence u32, boot id u32, tick u64. */
export const headerBytes = 18
export const crcBytes = 4
/** A frame before byte stuffing: header, payload and CRC. */
export const maxContentBytes = 4096
/** A frame on the wire, its delimiter not counted. */
export const maxEncodedBytes = maxCobsBytes(maxContentBytes)
/** A samples record of single-byte differences. */
export const maxSamplesInRecord = maxContentBytes - headerBytes - crcBytes - 16
/** A samples record that fits whatever its values are: five bytes for each. */
export const samplesThatAlwaysFit = Math.floor(maxSamplesInRecord / 5)

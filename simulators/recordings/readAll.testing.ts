import { writeFile } from 'node:fs/promises'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { Recording, SingleValue } from './recording.ts'
import { openRecording } from './recording.ts'
import { RecordingError } from './recordingError.ts'

/** All samples of each channel; checks that each block begins where the one before ended. */
export async function samplesOf(recording: Recording, seconds = 1): Promise<number[][]> {
  const values = recording.channels.map((): number[] => [])
  for await (const blocks of recording.blocks(seconds)) {
    expect(blocks.map(({ channel }) => channel)).toEqual(recording.channels.map((_, i) => i))
    for (const { channel, startSample, values: block } of blocks) {
      const all = values[channel] ?? []
      if (block.length > 0) expect(startSample).toBe(all.length)
      for (const value of block) all.push(value)
    }
  }
  expect(values.map(({ length }) => length)).toEqual(
    recording.channels.map(({ samples, irregular }) => (irregular ? 0 : samples)),
  )
  return values
}

export async function singleValuesOf(recording: Recording): Promise<SingleValue[]> {
  const found: SingleValue[] = []
  for await (const value of recording.values?.() ?? []) found.push(value)
  return found
}

/** Steps that are read of a damaged recording: what its header says may be long. */
const damagedSteps = 200

/**
 * Writes damaged forms of a file (cut anywhere, bytes changed) to `path` and opens `opened`: whatever happens is a recording
 * that can be read, or an error that names file and field.
 */
export async function surviveDamage(path: string, bytes: Uint8Array, opened = path, numRuns = 60): Promise<void> {
  const damage = fc.record({
    keep: fc.oneof(fc.constant(bytes.length), fc.integer({ min: 0, max: bytes.length - 1 })),
    changes: fc.array(fc.tuple(fc.nat(Math.min(bytes.length, 4096) - 1), fc.integer({ min: 1, max: 255 })), {
      maxLength: 4,
    }),
  })
  await fc.assert(
    fc.asyncProperty(damage, async ({ keep, changes }) => {
      const damaged = bytes.slice()
      for (const [at, change] of changes) damaged[at] = (damaged[at] ?? 0) ^ change
      await writeFile(path, damaged.subarray(0, keep))
      try {
        const recording = await openRecording(opened)
        let steps = 0
        for await (const blocks of recording.blocks(1)) {
          expect(blocks).toHaveLength(recording.channels.length)
          if (++steps === damagedSteps) break
        }
        await recording.annotations()
        for await (const { value } of recording.values?.() ?? []) expect(typeof value).toBe('number')
        await recording.checksums?.()
      } catch (error) {
        if (!(error instanceof RecordingError)) throw error
        expect(error.file).not.toBe('')
        expect(error.field).not.toBe('')
        expect(error.message).toMatch(/: expected .*, received /s)
      }
    }),
    { numRuns },
  )
}

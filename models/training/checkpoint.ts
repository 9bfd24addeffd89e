import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { deserialize, serialize } from 'node:v8'
import type { AdamState } from './adam.ts'

/** All that a training needs to go on after an epoch as if it had never been interrupted. */
export interface Checkpoint {
  /** Of settings, data and backend; see `fingerprint`. */
  madeFor: string
  epoch: number
  weights: Float32Array
  moments: AdamState[]
  order: Int32Array
  randomState: number
  best: { loss: number; weights: Float32Array; epochs: number }
  losses: number[]
  trainingLosses: number[]
}

const hashBytes = 32

/** Writes a checkpoint in one piece: after a crash the file holds this one or the one before. */
export function writeCheckpoint(file: string, checkpoint: Checkpoint): void {
  const content = serialize(checkpoint)
  writeFileSync(`${file}.new`, Buffer.concat([sha256(content), content]))
  renameSync(`${file}.new`, file)
}

/**
 * The checkpoint in a file, or undefined where there is no file.
 * @throws Error where the file is damaged, or of a training with other settings, data or backend.
 */
export function readCheckpoint(file: string, madeFor: string): Checkpoint | undefined {
  if (!existsSync(file)) return undefined
  const bytes = readFileSync(file)
  const content = bytes.subarray(hashBytes)
  if (!sha256(content).equals(bytes.subarray(0, hashBytes))) {
    throw new Error(`checkpoint ${file}: expected an undamaged file; remove it to start anew`)
  }
  const checkpoint = deserialize(content) as Checkpoint
  if (checkpoint.madeFor !== madeFor) {
    throw new Error(
      `checkpoint ${file}: expected the settings, data and backend ${madeFor.slice(0, 16)}, received ` +
        `${checkpoint.madeFor.slice(0, 16)}; remove it to start anew`,
    )
  }
  return checkpoint
}

/** SHA-256, hexadecimal, of settings and of rows of numbers. */
export function fingerprint(settings: unknown, ...rowSets: readonly (readonly Float32Array[])[]): string {
  const hash = createHash('sha256').update(JSON.stringify(settings))
  for (const rows of rowSets) {
    hash.update(`${rows.length};`)
    for (const row of rows) hash.update(new Uint8Array(row.buffer, row.byteOffset, row.byteLength))
  }
  return hash.digest('hex')
}

function sha256(content: Buffer): Buffer {
  return createHash('sha256').update(content).digest()
}

import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FittedDetector } from '../detectors/fit.ts'
import { lossPictures } from '../training/lossPicture.ts'

export interface UnfinishedTraining {
  /** File in which a network's state is kept, by the network's name. */
  checkpoint: (name: string) => string
  /** To be called once the bundle is written. */
  done: () => Promise<void>
}

/** What an interrupted training has reached: a folder beside the bundle, from which the next one with the same settings goes on. */
export async function unfinishedTraining(out: string): Promise<UnfinishedTraining> {
  const folder = `${out}.unfinished`
  await mkdir(folder, { recursive: true })
  return {
    checkpoint: (name) => join(folder, `${name.replaceAll(' ', '-')}.checkpoint`),
    done: () => rm(folder, { recursive: true }),
  }
}

/** Draws the loss curves of the networks among the compared beside the bundle, one below the other. */
export async function writeLossPictures(
  out: string,
  kind: string,
  candidates: readonly (Pick<FittedDetector, 'trained'> & { name: string })[],
): Promise<void> {
  const curves = candidates.flatMap(({ name, trained }) =>
    trained === undefined
      ? []
      : {
          title: `${kind}: loss by epoch, ${name}`,
          training: trained.trainingLosses,
          heldOut: trained.losses,
          kept: trained.epochs,
        },
  )
  await writeFile(`${out}.loss.svg`, lossPictures(curves))
}

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { unfinishedTraining, writeLossPictures } from './unfinishedTraining.ts'

it('what a training has reached waits beside the bundle until it is done; the curves of its networks stay', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'unfinished-'))
  const out = join(folder, 'deep', 'model')
  const first = await unfinishedTraining(out)
  const file = first.checkpoint('dense 150-48-4-48-150')
  await writeFile(file, 'reached')
  // The same command again.
  const again = await unfinishedTraining(out)
  expect(again.checkpoint('dense 150-48-4-48-150')).toBe(file)
  expect(await readFile(file, 'utf8')).toBe('reached')
  expect(again.checkpoint('dense 150-24-1-24-150')).not.toBe(file)
  const trained = { epochs: 1, losses: [2, 3], trainingLosses: [2, 1] }
  await writeLossPictures(out, 'vitals', [{ name: 'PCA' }, { name: 'small', trained }, { name: 'large', trained }])
  await again.done()
  expect(await readdir(join(folder, 'deep'))).toEqual(['model.loss.svg'])
  const picture = await readFile(`${out}.loss.svg`, 'utf8')
  expect(picture.match(/vitals: loss by epoch, \w+(?=<\/title>)/g)).toEqual([
    'vitals: loss by epoch, small',
    'vitals: loss by epoch, large',
  ])
  await rm(folder, { recursive: true })
})

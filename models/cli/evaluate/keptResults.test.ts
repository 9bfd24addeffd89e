import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { eachFile } from './eachFile.ts'
import { KeptResults } from './keptResults.ts'

const folder = mkdtempSync(join(tmpdir(), 'vital-edge-kept-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('results that are kept', () => {
  it('are read again with the same settings alone, and not where a file is torn', () => {
    const kept = new KeptResults(join(folder, 'a'), { seed: 1 })
    expect(kept.read('x')).toBeUndefined()
    kept.write('dir/x', { right: true })
    expect(new KeptResults(join(folder, 'a'), { seed: 1 }).read('x')).toEqual({ right: true })
    expect(new KeptResults(join(folder, 'a'), { seed: 2 }).read('x')).toBeUndefined()
    writeFileSync(join(folder, 'a', 'x.json'), '{"made":')
    expect(kept.read('x')).toBeUndefined()
    expect(new KeptResults(undefined, {}).read('x')).toBeUndefined()
  })

  it('let a suite go on where it was left, to the same results', async () => {
    const judged: string[] = []
    const suite = (until?: string) =>
      eachFile(['one', 'two', 'three'], { resume: join(folder, 'b'), settings: { seed: 1 } }, (file) => {
        if (file === until) throw new Error('stopped')
        judged.push(file)
        return Promise.resolve({ file, length: file.length })
      })
    await expect(suite('three')).rejects.toThrow('stopped')
    expect(readdirSync(join(folder, 'b'))).toEqual(['one.json', 'two.json'])
    const results = await suite()
    expect(judged).toEqual(['one', 'two', 'three'])
    expect(results).toEqual(['one', 'two', 'three'].map((file) => ({ file, length: file.length })))
  })
})

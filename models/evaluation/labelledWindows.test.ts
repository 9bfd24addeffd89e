import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { parseLabelledWindows, readLabelledWindows } from './labelledWindows.ts'

describe('labelled windows', () => {
  test('the label is the first column, whatever parts the numbers', () => {
    const expected = [
      { label: 1, values: Float32Array.of(0.5, -2) },
      { label: -1, values: Float32Array.of(3, 4.25) },
    ]
    expect(parseLabelledWindows('  1.0000000e+00  5.0e-01 -2\r\n-1 3 4.25\r\n\r\n', 'a')).toEqual(expected)
    expect(parseLabelledWindows('1,0.5,-2\n-1,3,4.25', 'a')).toEqual(expected)
    expect(parseLabelledWindows('1\t0.5\t-2\n-1\t3\t4.25\n', 'a')).toEqual(expected)
  })

  test('or the last one, where the first is not of whole numbers', () => {
    expect(parseLabelledWindows('0.5,2,1\n3,4,0', 'a')).toEqual([
      { label: 1, values: Float32Array.of(0.5, 2) },
      { label: 0, values: Float32Array.of(3, 4) },
    ])
  })

  test.each([
    ['', 'a: expected lines of a label and at least two values, received 0 columns'],
    ['1 2 3\n1 2', 'a:2: expected 3 columns, received 2'],
    ['1 2 3\n\n1 NaN 3', 'a:3: expected a number, received "NaN"'],
    ['0.5 2 0.5', 'a: labels: expected whole numbers in the first or in the last column, received neither'],
  ])('%j is refused, saying where', (text, message) => {
    expect(() => parseLabelledWindows(text, 'a')).toThrow(message)
  })

  test('a file may be gzipped', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vital-edge-windows-'))
    try {
      await writeFile(join(folder, 'a.txt.gz'), gzipSync('2 1 1\n'))
      expect(await readLabelledWindows(join(folder, 'a.txt.gz'))).toEqual([{ label: 2, values: Float32Array.of(1, 1) }])
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})

import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'

/**
 * Reads a series: numbers parted by blanks or lines, gzip where its name ends in `.gz`.
 * @throws Error naming the file and which number where one is none.
 */
export async function readSeries(file: string): Promise<Float64Array> {
  const words = (await readText(file)).split(/\s+/).filter((word) => word !== '')
  if (words.length === 0) throw new Error(`${file}: expected numbers, received none`)
  return Float64Array.from(words, (word, i) => finite(word, `${file}: value ${i + 1}`))
}

export interface LabelledSeries {
  values: Float64Array
  /** 1 where anomalous. */
  labels: Uint8Array
}

/**
 * Reads lines of a value and a label, 0 or 1, parted by a comma; a first line of words is a header. Gzip as above.
 * @throws Error naming the file and the line.
 */
export async function readLabelledSeries(file: string): Promise<LabelledSeries> {
  const lines = (await readText(file)).split(/\r?\n/)
  const header = /[a-z]/i.test(lines[0]!.replace(/e[+-]?\d/gi, '')) ? 1 : 0
  const rows = lines.flatMap((line, l) => {
    if (l < header || line.trim() === '') return []
    const where = `${file}:${l + 1}`
    const cells = line.split(',')
    if (cells.length !== 2) throw new Error(`${where}: expected a value and a label, received ${cells.length} columns`)
    const label = finite(cells[1]!, where)
    if (label !== 0 && label !== 1) throw new Error(`${where}: expected a label 0 or 1, received ${label}`)
    return [{ value: finite(cells[0]!, where), label }]
  })
  if (rows.length === 0) throw new Error(`${file}: expected lines of a value and a label, received none`)
  return { values: Float64Array.from(rows, ({ value }) => value), labels: Uint8Array.from(rows, ({ label }) => label) }
}

async function readText(file: string): Promise<string> {
  const bytes = await readFile(file)
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}

function finite(word: string, where: string): number {
  const value = Number(word)
  if (word.trim() === '' || !Number.isFinite(value)) {
    throw new Error(`${where}: expected a number, received ${JSON.stringify(word.slice(0, 40))}`)
  }
  return value
}

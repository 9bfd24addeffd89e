import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** The rows of a file of an Empatica E4 export, packed or not. */
export function e4Lines(folder: string, file: string): number[][] {
  const packed = readdirSync(folder).includes(`${file}.csv.gz`)
  const bytes = readFileSync(join(folder, packed ? `${file}.csv.gz` : `${file}.csv`))
  const text = (packed ? gunzipSync(bytes) : bytes).toString().trim()
  return text.split(/\r?\n/).map((line) => line.split(',').map(Number))
}

/** The columns of a CSV text by the names in its first line; an empty cell is NaN. */
export function columns(text: string): Record<string, number[]> {
  const [header = '', ...lines] = text.trim().split(/\r?\n/)
  const names = header.split(',').map((each) => each.trim())
  const rows = lines.map((line) => line.split(',').map((cell) => (cell.trim() === '' ? NaN : Number(cell))))
  return Object.fromEntries(names.map((column, i) => [column, rows.map((row) => row[i] ?? NaN)]))
}

import { readFile } from 'node:fs/promises'
import { gunzipSync } from 'node:zlib'

/** A window with its class, as the UCR archive has them. */
export interface LabelledWindow {
  label: number
  values: Float32Array
}

/**
 * Reads a text file with a window a line, numbers parted by blanks, tabs, commas or semicolons; gzip where its name ends in
 * `.gz`. The label is a whole number in the first column (UCR Time Series Classification Archive), or else in the last.
 * @throws Error naming the file and the line for whatever does not fit.
 */
export async function readLabelledWindows(file: string): Promise<LabelledWindow[]> {
  const bytes = await readFile(file)
  return parseLabelledWindows((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'), file)
}

/** @param file named in errors. */
export function parseLabelledWindows(text: string, file: string): LabelledWindow[] {
  const rows = text.split(/\r?\n/).flatMap((line, l) => {
    const cells = line.split(/[\s,;]+/).filter((cell) => cell !== '')
    return cells.length === 0 ? [] : [{ line: l + 1, numbers: cells.map((cell) => numberOf(cell, `${file}:${l + 1}`)) }]
  })
  const columns = rows[0]?.numbers.length ?? 0
  if (columns < 3)
    throw new Error(`${file}: expected lines of a label and at least two values, received ${columns} columns`)
  const odd = rows.find(({ numbers }) => numbers.length !== columns)
  if (odd) throw new Error(`${file}:${odd.line}: expected ${columns} columns, received ${odd.numbers.length}`)
  const whole = (column: number) => rows.every(({ numbers }) => Number.isInteger(numbers.at(column)))
  if (!whole(0) && !whole(-1)) {
    throw new Error(`${file}: labels: expected whole numbers in the first or in the last column, received neither`)
  }
  const first = whole(0)
  return rows.map(({ numbers }) => ({
    label: numbers.at(first ? 0 : -1)!,
    values: Float32Array.from(first ? numbers.slice(1) : numbers.slice(0, -1)),
  }))
}

function numberOf(cell: string, where: string): number {
  const value = Number(cell)
  if (!Number.isFinite(value))
    throw new Error(`${where}: expected a number, received ${JSON.stringify(cell.slice(0, 40))}`)
  return value
}

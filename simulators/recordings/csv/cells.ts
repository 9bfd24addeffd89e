import { RecordingError } from '../recordingError.ts'

/** Texts that stand for "no value". */
const missing = new Set(['', 'nan', 'null', 'none', 'na', 'n/a', '-'])
export type Delimiter = ',' | ';' | '\t'

/** The delimiter of a file: which of comma, semicolon and tab stands most often in its first line; a comma if none does. */
export function delimiterOf(line: string): Delimiter {
  const outside = line.replace(/"[^"]*"/g, '')
  const count = (text: string) => outside.split(text).length
  return ([',', ';', '\t'] as const).reduce((best, other) => (count(other) > count(best) ? other : best))
}

/**
 * The cells of a line, without blanks around them and without quotes; a quoted cell may hold delimiters and doubled quotes
 * (RFC 4180), but no line end. Undefined where a quote is not closed.
 */
export function cellsOf(line: string, delimiter: Delimiter): string[] | undefined {
  if (!line.includes('"')) return line.split(delimiter).map((cell) => cell.trim())
  const cells: string[] = []
  for (let at = 0; at <= line.length;) {
    while (line[at] === ' ') at++
    if (line[at] !== '"') {
      const end = line.indexOf(delimiter, at)
      cells.push(line.slice(at, end < 0 ? line.length : end).trim())
      if (end < 0) return cells
      at = end + 1
      continue
    }
    let end = at + 1
    while (line[end] !== undefined && (line[end] !== '"' || line[end + 1] === '"')) end += line[end] === '"' ? 2 : 1
    if (line[end] === undefined) return undefined
    cells.push(
      line
        .slice(at + 1, end)
        .replaceAll('""', '"')
        .trim(),
    )
    const next = line.indexOf(delimiter, end)
    if (next < 0) return cells
    at = next + 1
  }
  return cells
}

export function isMissing(cell: string | undefined): boolean {
  return cell === undefined || missing.has(cell.toLowerCase())
}

/** The number in a cell, NaN where it is missing. Throws a `RecordingError` naming line and column for anything else. */
export function valueOf(path: string, line: number, column: string, cell: string | undefined): number {
  if (cell === undefined || missing.has(cell.toLowerCase())) return NaN
  // A number in base 16, 8 or 2 is no number of a table.
  const value = /^0[xob]/i.test(cell) ? NaN : Number(cell)
  // Samples are 32-bit floats.
  if (Number.isFinite(Math.fround(value))) return value
  throw new RecordingError(path, `line ${line}, column "${column}"`, 'a number', JSON.stringify(cell.slice(0, 60)))
}

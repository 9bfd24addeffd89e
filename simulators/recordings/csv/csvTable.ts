import { RecordingError } from '../recordingError.ts'
import { textLines } from '../textLines.ts'
import type { Delimiter } from './cells.ts'
import { cellsOf, delimiterOf, isMissing } from './cells.ts'
import { isIsoTime } from './timeCells.ts'

/** What a file's first line tells. */
export interface CsvTable {
  path: string
  delimiter: Delimiter
  hasHeader: boolean
  /** From the first line, or the numbers of the columns. */
  names: string[]
  firstLine: string
}

export interface CsvRow {
  line: number
  cells: string[]
}

/**
 * Reads the first line, which is a header where a cell of it is neither a number nor a time nor missing, or where `named`.
 * @throws RecordingError for an empty file
 */
export async function openTable(path: string, named: boolean): Promise<CsvTable> {
  for await (const [line] of textLines(path)) {
    if (line === undefined) continue
    const firstLine = line.replace(/^\uFEFF/, '')
    const delimiter = delimiterOf(firstLine)
    const cells = cellsOf(firstLine, delimiter)
    if (!cells) throw new RecordingError(path, 'line 1', 'quotes to be closed', 'an open one')
    const isData = (cell: string) => isMissing(cell) || Number.isFinite(Number(cell)) || isIsoTime(cell)
    const hasHeader = named || !cells.every(isData)
    return { path, delimiter, hasHeader, names: hasHeader ? cells : cells.map((_, i) => `${i}`), firstLine }
  }
  throw new RecordingError(path, 'first line', 'a row', 'nothing')
}

/**
 * The rows, in batches. An empty line is no row; in a file of one column it is a missing value, unless the file ends with it.
 * @throws RecordingError naming the line where a quote is not closed
 */
export async function* rowsOf({
  path,
  delimiter,
  hasHeader,
  names,
}: CsvTable): AsyncGenerator<CsvRow[], void, undefined> {
  let line = 0
  let blank = 0
  for await (const lines of textLines(path)) {
    const rows: CsvRow[] = []
    for (const text of lines) {
      line++
      if (line === 1 && hasHeader) continue
      if (text.trim() === '') {
        if (names.length === 1) blank++
        continue
      }
      for (; blank > 0; blank--) rows.push({ line: line - blank, cells: [''] })
      const cells = cellsOf(text, delimiter)
      if (!cells) throw new RecordingError(path, `line ${line}`, 'quotes to be closed', 'an open one')
      rows.push({ line, cells })
    }
    yield rows
  }
}

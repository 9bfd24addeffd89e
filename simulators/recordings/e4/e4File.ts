import { RecordingError } from '../recordingError.ts'
import { maxRecordedSeconds } from '../recordedTime.ts'
import { textLines } from '../textLines.ts'

/** A file of an Empatica E4 export with even samples: first line the start, second the rate, then a row a sample. */
export interface E4File {
  path: string
  /** Seconds since 1970. */
  startSeconds: number
  rateHz: number
  /** Cells in a row. */
  columns: number
  rows: number
}

/**
 * Reads start, rate and number of rows.
 * @throws RecordingError naming file and line
 */
export async function measureE4File(path: string, columns: number): Promise<E4File> {
  let line = 0
  let startSeconds = 0
  let rateHz = 0
  for await (const lines of textLines(path)) {
    for (const text of lines) {
      line++
      if (line === 1) startSeconds = numberIn(path, 'start time', text)
      if (line === 2) rateHz = numberIn(path, 'sample rate', text)
    }
  }
  if (line < 2) throw new RecordingError(path, 'size', 'a start time and a sample rate', `${line} lines`)
  if (!(rateHz > 0)) throw new RecordingError(path, 'sample rate', 'a number > 0', `${rateHz}`)
  const rows = line - 2
  if (rows / rateHz > maxRecordedSeconds)
    throw new RecordingError(path, 'sample rate', `rows of at most ${maxRecordedSeconds} s`, `${rateHz}`)
  return { path, startSeconds, rateHz, columns, rows }
}

/** Reads the rows from front to back. Close it after use. */
export class E4Reader {
  readonly #file: E4File
  readonly #lines: AsyncGenerator<string[], void, undefined>
  #batch: string[] = []
  #next = 0
  #line = 0

  constructor(file: E4File) {
    this.#file = file
    this.#lines = textLines(file.path)
  }

  /** The next rows, one array a column. Throws a `RecordingError` for a cell that is not a number, or where the file ends. */
  async read(rows: number): Promise<Float32Array[]> {
    const { path, columns } = this.#file
    const values = Array.from({ length: columns }, () => new Float32Array(rows))
    for (let row = this.#line === 0 ? -2 : 0; row < rows; row++) {
      while (this.#next === this.#batch.length) {
        const { value, done } = await this.#lines.next()
        if (done === true) throw new RecordingError(path, 'size', `${rows - row} more rows`, 'the end of the file')
        this.#batch = value
        this.#next = 0
      }
      const text = this.#batch[this.#next++] ?? ''
      this.#line++
      if (row < 0) continue
      const cells = text.split(',')
      if (cells.length !== columns)
        throw new RecordingError(path, `line ${this.#line}`, `${columns} cells`, `${cells.length}`)
      for (const [column, cell] of cells.entries()) {
        const out = values[column]
        if (out) out[row] = numberOf(path, `line ${this.#line}`, cell)
      }
    }
    return values
  }

  async close(): Promise<void> {
    await this.#lines.return(undefined)
  }
}

/** The number in the first cell of a line. */
export function numberIn(path: string, field: string, text: string): number {
  return numberOf(path, field, text.split(',')[0] ?? '')
}

export function numberOf(path: string, field: string, text: string): number {
  const value = text.trim() === '' ? NaN : Number(text)
  // Samples are 32-bit floats.
  if (Number.isFinite(Math.fround(value))) return value
  throw new RecordingError(path, field, 'a number', JSON.stringify(text.slice(0, 60)))
}

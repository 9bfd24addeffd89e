/** A writer of EDF and BDF files, from the specification and apart from the code under test. */
export interface EdfFile {
  version?: string
  reserved?: string
  recording?: string
  date?: string
  time?: string
  records?: number
  recordSeconds?: string
  sampleBytes?: 2 | 3
  headerBytes?: string
  signals: {
    label: string
    unit?: string
    physical?: [string, string]
    digital?: [string, string]
    samples: string
  }[]
  /** Of each record, of each signal: integers, or the text of an annotations signal. */
  data: (number[] | string)[][]
}

export function edfBytes(file: EdfFile): Uint8Array {
  const { signals, sampleBytes = 2 } = file
  const field = (text: string, width: number) => text.padEnd(width).slice(0, width)
  const column = (width: number, of: (signal: EdfFile['signals'][number]) => string) =>
    signals.map((signal) => field(of(signal), width)).join('')
  const header = [
    field(file.version ?? '0', 8),
    field('X X X X', 80),
    field(file.recording ?? '', 80),
    field(file.date ?? '02.03.04', 8),
    field(file.time ?? '05.06.07', 8),
    field(file.headerBytes ?? `${256 * (signals.length + 1)}`, 8),
    field(file.reserved ?? '', 44),
    field(`${file.records ?? file.data.length}`, 8),
    field(file.recordSeconds ?? '1', 8),
    field(`${signals.length}`, 4),
    column(16, ({ label }) => label),
    column(80, () => ''),
    column(8, ({ unit = 'uV' }) => unit),
    column(8, ({ physical = ['-100', '100'] }) => physical[0]),
    column(8, ({ physical = ['-100', '100'] }) => physical[1]),
    column(8, ({ digital = ['-1000', '1000'] }) => digital[0]),
    column(8, ({ digital = ['-1000', '1000'] }) => digital[1]),
    column(80, () => ''),
    column(8, ({ samples }) => samples),
    column(32, () => ''),
  ].join('')
  const parts = [Buffer.from(header, 'latin1')]
  for (const record of file.data) {
    for (const [i, values] of record.entries()) {
      // As much as there is, whatever the header says.
      const count = typeof values === 'string' ? Number(signals[i]?.samples) : values.length
      const bytes = Buffer.alloc(count * sampleBytes)
      if (typeof values === 'string') bytes.write(values, 'utf8')
      else values.forEach((value, k) => bytes.writeIntLE(value, k * sampleBytes, sampleBytes))
      parts.push(bytes)
    }
  }
  return Buffer.concat(parts)
}

export type Cell = string | number | boolean

/** Nested values as one row: `{ a: { b: 1 } }` is `{ 'a.b': 1 }`; lists are joined by spaces, what is absent is left out. */
export function flat(value: object, prefix = ''): Record<string, Cell> {
  const row: Record<string, Cell> = {}
  for (const [key, inner] of Object.entries(value) as [string, unknown][]) {
    const name = prefix === '' ? key : `${prefix}.${key}`
    if (Array.isArray(inner))
      row[name] = inner.map((one) => (typeof one === 'object' ? JSON.stringify(one) : String(one))).join(' ')
    else if (typeof inner === 'object' && inner !== null) Object.assign(row, flat(inner, name))
    else if (typeof inner === 'string' || typeof inner === 'number' || typeof inner === 'boolean') row[name] = inner
  }
  return row
}

/** All columns of some rows, in the order in which they first appear. */
export function columnsOf(rows: readonly Record<string, Cell>[]): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))]
}

/** Comma-separated values as RFC 4180 has them, with a header; an absent value is empty. */
export function csv(rows: readonly Record<string, Cell>[]): string {
  const columns = columnsOf(rows)
  const line = (cells: readonly Cell[]) => `${cells.map((cell) => quoted(String(cell))).join(',')}\r\n`
  return [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))].map(line).join('')
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

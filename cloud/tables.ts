import type { Answer } from './apiClient.ts'

/** Lines of columns as wide as their widest cell. */
export function table(rows: readonly string[][]): string {
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, column) => Math.max(cell.length, most[column] ?? 0)),
    [],
  )
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

export function wearerRows({ wearers = [] }: Answer): string[][] {
  return [
    ['WEARER', 'DEVICES', 'COVERAGE', 'WATCHING'],
    ...wearers.map(({ id, devices, coverage, watchingSince, notWatchingBecause }) => [
      id,
      devices.join(',') || '-',
      `${(coverage * 100).toFixed(1)} %`,
      watchingSince === undefined
        ? `NOT, because ${notWatchingBecause ?? 'of an unknown reason'}`
        : `since ${watchingSince}`,
    ]),
  ]
}

export function deviceRows({ devices = [] }: Answer): string[][] {
  return [
    ['DEVICE', 'WEARER', 'GATEWAY', 'SOURCE', 'LAST HEARD', 'RECORDS', 'LOST'],
    ...devices.map(({ id, wearer, gateway, source, lastHeardAt, records, lostFrames }) => [
      id,
      wearer ?? '-',
      gateway,
      source,
      lastHeardAt,
      String(records),
      String(lostFrames),
    ]),
  ]
}

export function assignmentRows({ assignments = [] }: Answer): string[][] {
  return [
    ['DEVICE', 'WEARER', 'FROM', 'TO'],
    ...assignments.map(({ device, wearer, from, to }) => [device, wearer, from ?? '-', to ?? '-']),
  ]
}

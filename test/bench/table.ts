import type { BenchResult } from './bench.ts'

/** A result for people: a line for each row, then the ratios, then where it was measured. */
export function tableOf({ suite, commit, machine, rows, ratios }: BenchResult): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const lines = [columns, ...rows.map((row) => columns.map((column) => shown(row[column])))]
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)))
  const text = lines.map((line) => line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '))
  const { cpu, cores, node, platform, loadAverage } = machine
  return [
    ...text,
    '',
    ...Object.entries(ratios).map(([name, ratio]) => `${name}: ${shown(ratio)}`),
    '',
    `${suite} at ${commit}; ${cpu}, ${cores} cores, ${platform}, Node ${node}, load ${loadAverage.join(' ')}`,
    '',
  ]
    .map((line) => line.trimEnd())
    .join('\n')
}

function shown(cell: number | string | undefined): string {
  return typeof cell === 'number' ? String(Number(cell.toPrecision(4))) : (cell ?? '')
}

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Evaluation } from '../evaluation.ts'
import { escaped } from './escaped.ts'
import { columnsOf, csv, flat, type Cell } from './flat.ts'
import { plotPicture, type Plot } from './plot.ts'

type Row = Record<string, Cell>

/** A table of its own on the page. */
export interface ReportTable {
  title: string
  rows: readonly object[]
}

/**
 * Writes what was measured: `SUITE.json`, `SUITE.csv` (a row a file), and `SUITE.html`, one page with figures and plots that needs
 * neither network nor script.
 * @returns the files' paths
 */
export async function writeReport(
  folder: string,
  evaluation: Evaluation,
  plots: readonly Plot[],
  tables: readonly ReportTable[] = [],
): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const contents = {
    json: `${JSON.stringify(evaluation)}\n`,
    csv: csv(evaluation.files.map((file) => flat(file))),
    html: page(evaluation, plots, tables),
  }
  const paths: string[] = []
  for (const [ending, content] of Object.entries(contents)) {
    const path = join(folder, `${evaluation.suite}.${ending}`)
    await writeFile(path, content)
    paths.push(path)
  }
  return paths
}

/** The page of a report. */
export function page(evaluation: Evaluation, plots: readonly Plot[], tables: readonly ReportTable[] = []): string {
  const { suite, commit, seed, machine, settings, metrics, baselines, files } = evaluation
  const compared = Object.entries(baselines).map(([name, of]): Row => ({ detector: name, ...of }))
  const figures = Object.entries(metrics).map(([name, value]): Row => ({ figure: name, value }))
  return [
    '<!doctype html>',
    '<html lang="en"><meta charset="utf-8">',
    `<title>evaluate ${escaped(suite)}</title>`,
    '<meta name="viewport" content="width=device-width">',
    `<style>${style}</style>`,
    `<h1>evaluate ${escaped(suite)}</h1>`,
    table([{ commit, seed, ...flat({ machine }) }]),
    '<h2>Figures</h2>',
    table(figures),
    ...(compared.length > 0
      ? ['<h2>Beside them: baselines, and the detector with one part changed</h2>', table(compared)]
      : []),
    ...tables.flatMap(({ title, rows }) => [`<h2>${escaped(title)}</h2>`, table(rows.map((row) => flat(row)))]),
    ...(plots.length > 0 ? ['<h2>Plots</h2>', ...plots.map(plotPicture)] : []),
    `<h2>Files (${files.length})</h2>`,
    table(files.map((file) => flat(file))),
    '<h2>Settings</h2>',
    table(Object.entries(flat(settings)).map(([name, value]): Row => ({ setting: name, value }))),
    '</html>',
    '',
  ].join('\n')
}

const style = `body { font: 15px/1.4 sans-serif; margin: 1rem 2rem; color: #222; background: #fff }
table { border-collapse: collapse; display: block; overflow-x: auto; max-width: 100% }
th, td { border: 1px solid #ccc; padding: 2px 8px; text-align: left }
svg { max-width: 100%; margin: 4px }`

function table(rows: readonly Row[]): string {
  const columns = columnsOf(rows)
  const cells = (tag: 'th' | 'td', values: readonly Cell[]) =>
    `<tr>${values.map((value) => `<${tag}>${escaped(shown(value))}</${tag}>`).join('')}</tr>`
  const body = rows.map((row) =>
    cells(
      'td',
      columns.map((column) => row[column] ?? ''),
    ),
  )
  return `<table>${cells('th', columns)}${body.join('\n')}</table>`
}

function shown(value: Cell): string {
  return typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toPrecision(4))) : String(value)
}

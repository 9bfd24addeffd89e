/** One line of a result. */
export interface Row {
  name: string
  /** Median over the rounds. */
  value: number
  unit: string
  /** Further figures, such as the spread. */
  [figure: string]: number | string
}

/** What a suite has measured; `bench.ts` adds where and with what. */
export interface Measured {
  rows: Row[]
  /** Figures that compare two rows of this run; above 1 where ours is the better one. */
  ratios: Record<string, number>
}

export interface SuiteOptions {
  /** As short as still shows that everything works: the figures mean nothing. */
  quick: boolean
}

/** One subject of measurement. To add one: copy the nearest file, add one line to `suites.ts`. */
export interface Suite {
  /** What it measures, in a line. */
  about: string
  /** Rejects where a candidate gives a wrong result: a figure of wrong work is none. */
  run(options: SuiteOptions): Promise<Measured>
}

import type { SignalName } from '../../../firmware-bridge/signals.ts'

/** What a CSV file does not say of itself. */
export interface CsvOptions {
  /** Rows a second; may be left out where there is a time column. */
  rateHz?: number
  /** Which columns to take, by name or by number (from 0); by default all but the time column. */
  columns?: CsvColumn[]
  /** Where the time of each row stands; without a rate, by default the first column whose name says that it is a time. */
  time?: TimeColumn
  /** `even`, the default: rows are samples of a steady clock. `own`: single values at the times that the column says. */
  times?: 'even' | 'own'
  /** ISO 8601, of the first row; by default as the time column says, if it has dates. */
  startTime?: string
}

export interface CsvColumn {
  column: string | number
  signal?: SignalName
  /** By default the unit of `signal`, or what the name says (`HR [bpm]`). */
  unit?: string
}

export interface TimeColumn {
  column: string | number
  /** By default what the name says (`Time [s]`), or what dates and seconds, ms or µs since 1970 look like. */
  unit?: TimeUnit
}

export const timeUnits = ['s', 'ms', 'us', 'iso'] as const
export type TimeUnit = (typeof timeUnits)[number]

import type { SignalName } from './signals.ts'
import { signals } from './signals.ts'

/**
 * How a unit becomes the one of the signal table: `((value + shift) · times) / over`. Whole numbers rather than one factor,
 * so that what is exact in both units stays exact: 113 °F are 45 °C and not 45.00000000000001.
 */
interface Conversion {
  /** UCUM code. */
  unit: string
  /** Common spellings that are no UCUM, or mean something else there (`g` is gram). */
  spellings?: string[]
  times?: number
  over?: number
  shift?: number
}

/**
 * The units in which each kind of signal may be given, by the unit of the signal table, which comes first. The ratios are
 * those of UCUM 2.1 (section 4, tables of units): `[g]` is 9.80665 m/s2, `m[Hg]` 133.3220 kPa, `[degF]` 5/9 K from 459.67 on,
 * `Cel` 1 K from 273.15 on.
 */
const conversions: Record<(typeof signals)[SignalName]['unit'], Conversion[]> = {
  mV: [{ unit: 'mV' }, { unit: 'uV', spellings: ['µV', 'μV'], over: 1000 }, { unit: 'V', times: 1000 }],
  '[g]': [
    { unit: '[g]', spellings: ['g'] },
    { unit: 'm[g]', spellings: ['mg'], over: 1000 },
    { unit: 'm/s2', spellings: ['m/s^2', 'm/s²'], times: 100_000, over: 980_665 },
  ],
  '/min': [
    { unit: '/min', spellings: ['1/min', 'min-1', '{beats}/min', '{breaths}/min', 'bpm'] },
    { unit: 'Hz', spellings: ['/s', '1/s'], times: 60 },
  ],
  '%': [{ unit: '%' }, { unit: '1', times: 100 }],
  Cel: [
    { unit: 'Cel', spellings: ['°C', 'degC'] },
    { unit: '[degF]', spellings: ['°F', 'degF'], shift: -32, times: 5, over: 9 },
    { unit: 'K', shift: -273.15 },
  ],
  'mm[Hg]': [
    { unit: 'mm[Hg]', spellings: ['mmHg'] },
    { unit: 'kPa', times: 1_000_000, over: 133_322 },
  ],
  ms: [{ unit: 'ms' }, { unit: 's', times: 1000 }, { unit: 'us', spellings: ['µs', 'μs'], over: 1000 }],
  '1': [{ unit: '1', spellings: ['{counts}'] }],
}

const spelt = ({ unit, spellings = [] }: Conversion): string[] => [unit, ...spellings]

/** Every unit and spelling that `toTableUnit` takes for a signal; the first is that of the signal table. */
export const unitsOf = (signal: SignalName): string[] => conversions[signals[signal].unit].flatMap(spelt)

/** Every unit and spelling that some signal may have. */
export const allUnits: string[] = [...new Set(Object.values(conversions).flatMap((list) => list.flatMap(spelt)))]

/**
 * The function from a value in `unit` (UCUM, or one of the spellings) to the unit of the signal table, in 64-bit floats;
 * undefined where a signal cannot have that unit.
 */
export function toTableUnit(signal: SignalName, unit: string): ((value: number) => number) | undefined {
  const found = conversions[signals[signal].unit].find((conversion) => spelt(conversion).includes(unit))
  if (found === undefined) return undefined
  const { shift = 0, times = 1, over = 1 } = found
  return (value) => ((value + shift) * times) / over
}

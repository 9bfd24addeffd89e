/**
 * The National Early Warning Score 2 as published: Royal College of Physicians, "National Early Warning Score (NEWS) 2:
 * Standardising the assessment of acute-illness severity in the NHS", London 2017, chart 1 and 2.
 */

/** Consciousness: alert, new confusion, responds to voice, to pain, unresponsive. */
export type Acvpu = 'A' | 'C' | 'V' | 'P' | 'U'

/** The seven inputs; absent: not known, or too old. */
export interface News2Inputs {
  /** Breaths a minute. */
  respirationRate?: number
  /** Percent. */
  spo2?: number
  breathes?: 'air' | 'oxygen'
  /** mmHg. */
  systolic?: number
  /** Beats a minute. */
  pulse?: number
  consciousness?: Acvpu
  /** Core temperature, °C. */
  temperature?: number
}
export type News2Input = keyof News2Inputs
export const news2InputNames = [
  'respirationRate',
  'spo2',
  'breathes',
  'systolic',
  'pulse',
  'consciousness',
  'temperature',
] as const satisfies readonly News2Input[]

export interface News2 {
  /** Points of each input that is known. */
  points: Partial<Record<News2Input, number>>
  /** A total only if nothing is missing; otherwise the score is at least so much. */
  total?: number
  atLeast: number
  missing: News2Input[]
  /** Inputs that alone give 3 points. */
  threes: News2Input[]
}

/** Points up to and including a value; beyond the last, `above`. */
interface Bands {
  upTo: readonly (readonly [number, number])[]
  above: number
  /** Digits after the point that the chart has. */
  digits: 0 | 1
}

const respiration: Bands = {
  upTo: [
    [8, 3],
    [11, 1],
    [20, 0],
    [24, 2],
  ],
  above: 3,
  digits: 0,
}
const spo2Scale1: Bands = {
  upTo: [
    [91, 3],
    [93, 2],
    [95, 1],
  ],
  above: 0,
  digits: 0,
}
/** For hypercapnic respiratory failure, on prescription: 88 to 92 % is the target. */
const spo2Scale2OnOxygen: Bands = {
  upTo: [
    [83, 3],
    [85, 2],
    [87, 1],
    [92, 0],
    [94, 1],
    [96, 2],
  ],
  above: 3,
  digits: 0,
}
const spo2Scale2OnAir: Bands = { upTo: spo2Scale2OnOxygen.upTo.slice(0, 4), above: 0, digits: 0 }
const systolic: Bands = {
  upTo: [
    [90, 3],
    [100, 2],
    [110, 1],
    [219, 0],
  ],
  above: 3,
  digits: 0,
}
const pulse: Bands = {
  upTo: [
    [40, 3],
    [50, 1],
    [90, 0],
    [110, 1],
    [130, 2],
  ],
  above: 3,
  digits: 0,
}
const temperature: Bands = {
  upTo: [
    [35, 3],
    [36, 1],
    [38, 0],
    [39, 1],
  ],
  above: 2,
  digits: 1,
}

/**
 * Scores what is known. Values are rounded as on the chart: whole numbers, temperature to 0.1 °C.
 *
 * @param spo2Scale 2 only where a competent clinician has prescribed it; while it is not known what is breathed, scale 2 counts
 *   as on air, which is the least it can be
 */
export function news2(inputs: News2Inputs, spo2Scale: 1 | 2): News2 {
  const spo2 = spo2Scale === 1 ? spo2Scale1 : inputs.breathes === 'oxygen' ? spo2Scale2OnOxygen : spo2Scale2OnAir
  const numbers: [News2Input, number | undefined, Bands][] = [
    ['respirationRate', inputs.respirationRate, respiration],
    ['spo2', inputs.spo2, spo2],
    ['systolic', inputs.systolic, systolic],
    ['pulse', inputs.pulse, pulse],
    ['temperature', inputs.temperature, temperature],
  ]
  const points: News2['points'] = {}
  for (const [name, value, bands] of numbers)
    if (value !== undefined && Number.isFinite(value)) points[name] = pointsIn(bands, value)
  if (inputs.breathes !== undefined) points.breathes = inputs.breathes === 'oxygen' ? 2 : 0
  if (inputs.consciousness !== undefined) points.consciousness = inputs.consciousness === 'A' ? 0 : 3
  const atLeast = Object.values(points).reduce((sum, each) => sum + each, 0)
  const missing = news2InputNames.filter((name) => points[name] === undefined)
  return {
    points,
    ...(missing.length === 0 && { total: atLeast }),
    atLeast,
    missing,
    threes: news2InputNames.filter((name) => points[name] === 3),
  }
}

function pointsIn({ upTo, above, digits }: Bands, value: number): number {
  const scale = 10 ** digits
  const rounded = Math.round(value * scale) / scale
  return upTo.find(([limit]) => rounded <= limit)?.[1] ?? above
}

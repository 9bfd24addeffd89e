import { poissonInterval } from '../calibration/poissonInterval.ts'

/** What was announced of one wearer in one stretch. */
export interface AlarmDay {
  file: string
  elapsedSeconds: number
  /** In which something that could have been told was watched for. */
  assessableSeconds: number
  /** Alarms announced, by code; each once, however often it was told again. */
  physiological: Readonly<Record<string, number>>
  technical: Readonly<Record<string, number>>
}

/** Alarms a wearer-day, with the exact interval that holds the true rate in 95 of 100 cases if alarms come independently. */
export interface AlarmRate {
  alarms: number
  elapsed: { days: number; rate: number; low: number; high: number }
  /** By the time that could be judged; absent where none could. */
  assessable?: { days: number; rate: number; low: number; high: number }
}

const confidence = 0.95
const daySeconds = 86_400

/** By whom an alarm is raised: an autoencoder, a rule, or the technical side. */
export const autoencoderCodes = {
  'ecg-anomaly': 'autoencoder, ECG',
  'vitals-anomaly': 'autoencoder, vital signs',
} as const

/** `autoencoder, ECG`, `autoencoder, vital signs`, `rule pause`, `technical lead-off`. */
export function sourceOf(code: string, type: 'physiological' | 'technical'): string {
  if (type === 'technical') return `technical ${code}`
  return (autoencoderCodes as Record<string, string>)[code] ?? `rule ${code}`
}

/** Rates of several stretches together: of each source that raised an alarm or might have, and of `physiological` and `technical` as a whole. */
export function alarmRates(days: readonly AlarmDay[]): Record<string, AlarmRate> {
  const counts = new Map<string, number>([
    ['physiological', 0],
    ...Object.values(autoencoderCodes).map((source) => [source, 0] as const),
    ['technical', 0],
  ])
  const add = (source: string, count: number) => counts.set(source, (counts.get(source) ?? 0) + count)
  for (const day of days)
    for (const type of ['physiological', 'technical'] as const)
      for (const [code, count] of Object.entries(day[type])) {
        add(type, count)
        add(sourceOf(code, type), count)
      }
  const sum = (of: (day: AlarmDay) => number): number => days.reduce((total, day) => total + of(day), 0) / daySeconds
  const elapsed = sum(({ elapsedSeconds }) => elapsedSeconds)
  const assessable = sum(({ assessableSeconds }) => assessableSeconds)
  return Object.fromEntries(
    [...counts]
      .sort(([a], [b]) => order(a) - order(b) || a.localeCompare(b))
      .map(([source, alarms]) => [
        source,
        {
          alarms,
          elapsed: rateOver(alarms, elapsed),
          ...(assessable > 0 && { assessable: rateOver(alarms, assessable) }),
        },
      ]),
  )
}

const order = (source: string): number =>
  ['physiological', 'autoencoder', 'rule', 'technical'].findIndex((start) => source.startsWith(start))

function rateOver(alarms: number, days: number): AlarmRate['elapsed'] {
  if (!(days > 0)) throw new RangeError(`expected stretches longer than 0 s, received ${days} days`)
  const { low, high } = poissonInterval(alarms, confidence)
  return { days, rate: alarms / days, low: low / days, high: high / days }
}

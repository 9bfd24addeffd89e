import type { Flow } from '../flow.ts'
import type { Alarm, AlarmCode } from '../messages.ts'

/** Alarms of one wearer in a whole recording, beside the time in which anything could be told. */
export class RunRate {
  readonly #wearer: string
  readonly #alarms = { physiological: new Map<string, AlarmCode>(), technical: new Map<string, AlarmCode>() }
  #first = Infinity
  #last = -Infinity
  #assessableSeconds = 0

  constructor(wearer: string) {
    this.#wearer = wearer
  }

  see(item: Flow): void {
    if (item.kind === 'alarm') this.#announced(item.alarm)
    if (item.kind !== 'summary' || item.summary.wearer !== this.#wearer || item.summary.spanSeconds !== 1) return
    const at = Date.parse(item.summary.at) / 1000
    this.#first = Math.min(this.#first, at)
    this.#last = Math.max(this.#last, at)
    this.#assessableSeconds += item.summary.assessableSeconds
  }

  #announced({ wearer, announced, type, id, code }: Alarm): void {
    if (wearer !== this.#wearer || announced === undefined || this.#alarms[type].has(id)) return
    this.#alarms[type].set(id, code)
  }

  /** In virtual time; rates are absent where nothing was recorded. */
  result() {
    const seconds = Math.max(0, this.#last - this.#first + 1)
    const wearerDays = seconds / 86_400
    const alarms = { physiological: this.#alarms.physiological.size, technical: this.#alarms.technical.size }
    return {
      kind: 'rate' as const,
      wearer: this.#wearer,
      wearerDays,
      coverage: seconds === 0 ? 0 : Math.min(1, this.#assessableSeconds / seconds),
      alarms,
      codes: {
        physiological: countOf(this.#alarms.physiological.values()),
        technical: countOf(this.#alarms.technical.values()),
      },
      ...(seconds > 0 && {
        alarmsPerWearerDay: alarms.physiological / wearerDays,
        technicalPerWearerDay: alarms.technical / wearerDays,
      }),
    }
  }
}

function countOf(codes: Iterable<AlarmCode>): Partial<Record<AlarmCode, number>> {
  const counts: Partial<Record<AlarmCode, number>> = {}
  for (const code of codes) counts[code] = (counts[code] ?? 0) + 1
  return counts
}

import type { Flow } from '../flow.ts'

/** Alarms of one wearer in a whole recording, beside the time in which anything could be told. */
export class RunRate {
  readonly #wearer: string
  readonly #alarms = { physiological: new Set<string>(), technical: new Set<string>() }
  #first = Infinity
  #last = -Infinity
  #assessableSeconds = 0

  constructor(wearer: string) {
    this.#wearer = wearer
  }

  see(item: Flow): void {
    if (item.kind === 'alarm' && item.alarm.wearer === this.#wearer && item.alarm.announced !== undefined)
      this.#alarms[item.alarm.type].add(item.alarm.id)
    if (item.kind !== 'summary' || item.summary.wearer !== this.#wearer || item.summary.spanSeconds !== 1) return
    const at = Date.parse(item.summary.at) / 1000
    this.#first = Math.min(this.#first, at)
    this.#last = Math.max(this.#last, at)
    this.#assessableSeconds += item.summary.assessableSeconds
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
      ...(seconds > 0 && {
        alarmsPerWearerDay: alarms.physiological / wearerDays,
        technicalPerWearerDay: alarms.technical / wearerDays,
      }),
    }
  }
}

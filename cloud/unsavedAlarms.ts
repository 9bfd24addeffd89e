import type { Alarm, Sink } from '../edge/messages.ts'

/** Alarms on their way into the store: kept until it confirms them, and tried again at each `save`. */
export class UnsavedAlarms {
  /** How often the store did not confirm. */
  failures = 0
  private readonly sink: Sink
  private readonly alarms = new Map<string, Alarm>()
  private saving: Promise<void> = Promise.resolve()
  private next: Promise<void> | undefined

  constructor(sink: Sink) {
    this.sink = sink
  }

  /** Takes the newest revision of an alarm. */
  put(alarm: Alarm): void {
    this.alarms.set(alarm.id, alarm)
  }

  has(id: string): boolean {
    return this.alarms.has(id)
  }

  /** Writes what waits, one batch at a time; resolves also where the store refuses. */
  save(): Promise<void> {
    // One batch takes everything with it, so that never more than one waits, however slow the store is.
    this.next ??= this.saving.then(() => {
      this.next = undefined
      this.saving = this.saveNow()
      return this.saving
    })
    return this.next
  }

  private async saveNow(): Promise<void> {
    const batch = [...this.alarms.values()]
    if (batch.length === 0) return
    try {
      await this.sink.write(batch.map((alarm) => ({ kind: 'alarm', alarm })))
      for (const alarm of batch) if (this.alarms.get(alarm.id) === alarm) this.alarms.delete(alarm.id)
    } catch {
      this.failures += 1
    }
  }
}

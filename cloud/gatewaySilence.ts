import { schemaVersion } from '../edge/messages.ts'
import type { Alarm } from '../edge/messages.ts'

/** A wearer whom a gateway watches, as it last said. */
export interface Watched {
  wearer: string
  devices: string[]
}

/** Who watches whom, as all gateways last said. */
export interface Watch {
  /** Whom a gateway watches, or watched last: wearers with a device. */
  by(gateway: string): readonly Watched[]
  /** Whether another gateway that can be heard watches the wearer now. */
  elsewhere(wearer: string, gateway: string): boolean
}

interface Gateway {
  /** `expected`: known from the broker's or the store's memory only. */
  state: 'expected' | 'heard' | 'silent'
  /** ISO 8601 UTC, by the gateway's clock where it says so. */
  lastHeardAt: string
  /** By our clock, in ms: without a heartbeat until then it is silent. */
  deadline: number
}

/**
 * Notices gateways whose heartbeats stop, and raises one `gateway-silent` alarm for each wearer that such a gateway was
 * watching: nobody is watching them. A gateway stopped on purpose is as silent as a broken one. Holds no clock and no
 * timer: every call says what time it is, in ms since the epoch.
 */
export class GatewaySilence {
  private readonly silentAfterMs: number
  private readonly gateways = new Map<string, Gateway>()
  /** Alarms whose cause lasts, by gateway and wearer. */
  private readonly open = new Map<string, Alarm>()

  constructor(silentAfterMs = 20_000) {
    this.silentAfterMs = silentAfterMs
  }

  /** A gateway that should be there, from the broker's or the store's memory: it has one span to show itself. */
  expect(gateway: string, now: number, lastHeardAt = new Date(now).toISOString()): void {
    if (this.gateways.has(gateway)) return
    this.gateways.set(gateway, { state: 'expected', lastHeardAt, deadline: now + this.silentAfterMs })
  }

  /** @param at the gateway's own time of the heartbeat: alarm ids made of it are the same wherever they are made */
  heard(gateway: string, now: number, at = new Date(now).toISOString()): void {
    const before = this.gateways.get(gateway)?.lastHeardAt
    // Each silence needs an onset of its own, also where a gateway's clock stands still or goes back.
    const after = before === undefined ? '' : new Date(Date.parse(before) + 1).toISOString()
    this.gateways.set(gateway, {
      state: 'heard',
      lastHeardAt: at > after ? at : after,
      deadline: now + this.silentAfterMs,
    })
  }

  /** Its last will, or its farewell. */
  offline(gateway: string, now: number): void {
    this.expect(gateway, now)
    this.gateways.get(gateway)!.state = 'silent'
  }

  /** It will not come back: taken out of service. */
  forget(gateway: string): void {
    this.gateways.delete(gateway)
  }

  /** Our own clock was set: nobody is silent for that, nor heard for longer. */
  clockSet(byMs: number): void {
    for (const gateway of this.gateways.values()) gateway.deadline += byMs
  }

  /** Takes over an alarm that was open when the cloud last stopped. */
  adopt(alarm: Alarm, now: number): void {
    if (alarm.endedAt !== undefined) return
    this.expect(alarm.gateway, now, alarm.at)
    if (alarm.wearer !== undefined) this.open.set(key(alarm.gateway, alarm.wearer), alarm)
  }

  /** ISO 8601 UTC of the last sign of life; undefined while the gateway is heard. */
  silentSince(gateway: string): string | undefined {
    const known = this.gateways.get(gateway)
    return known?.state === 'silent' ? known.lastHeardAt : undefined
  }

  /**
   * Looks at the clock.
   *
   * @returns alarms that are new or changed, and gateways that have fallen silent since the last call
   */
  tick(now: number, watch: Watch): { alarms: Alarm[]; fellSilent: string[] } {
    const fellSilent: string[] = []
    for (const [id, gateway] of this.gateways) {
      if (gateway.state === 'silent' || now < gateway.deadline) continue
      gateway.state = 'silent'
      fellSilent.push(id)
    }
    return { alarms: [...this.end(now, watch), ...this.raise(watch)], fellSilent }
  }

  /** Replaces an open alarm by a later revision of it. */
  update(alarm: Alarm): void {
    const place = key(alarm.gateway, alarm.wearer ?? '')
    if (this.open.get(place)?.id === alarm.id) this.open.set(place, alarm)
  }

  private raise(watch: Watch): Alarm[] {
    const raised: Alarm[] = []
    for (const [gateway, { state, lastHeardAt }] of this.gateways) {
      if (state !== 'silent') continue
      for (const { wearer, devices } of watch.by(gateway)) {
        if (this.open.has(key(gateway, wearer)) || watch.elsewhere(wearer, gateway)) continue
        const alarm = silenceAlarm(gateway, wearer, devices, lastHeardAt)
        this.open.set(key(gateway, wearer), alarm)
        raised.push(alarm)
      }
    }
    return raised
  }

  private end(now: number, watch: Watch): Alarm[] {
    const ended: Alarm[] = []
    for (const [place, alarm] of this.open) {
      const state = this.gateways.get(alarm.gateway)?.state
      const lasts = state === 'expected' || (state === 'silent' && !watch.elsewhere(alarm.wearer ?? '', alarm.gateway))
      if (lasts) continue
      this.open.delete(place)
      ended.push(endAlarm(alarm, now))
    }
    return ended
  }
}

/** What `at` says of a silence: on the wall and in the alarm's text. */
export function silenceText(gateway: string, since: string): string {
  return `gateway ${gateway} is silent since ${since}`
}

/**
 * The next revision of an alarm that somebody has acknowledged; the same object where it was acknowledged before.
 *
 * @param now ms since the epoch
 */
export function acknowledgeAlarm(alarm: Alarm, by: string, comment: string | undefined, now: number): Alarm {
  if (alarm.acknowledged !== undefined) return alarm
  return {
    ...alarm,
    state: alarm.endedAt === undefined ? 'active-acknowledged' : 'normal',
    acknowledged: { by, ...(comment === undefined ? {} : { comment }), at: new Date(now).toISOString() },
    revision: alarm.revision + 1,
  }
}

function endAlarm(alarm: Alarm, now: number): Alarm {
  const state = alarm.acknowledged === undefined ? 'returned-unacknowledged' : 'normal'
  return { ...alarm, state, endedAt: new Date(now).toISOString(), revision: alarm.revision + 1 }
}

function silenceAlarm(gateway: string, wearer: string, devices: string[], since: string): Alarm {
  return {
    schemaVersion,
    id: `gateway-silent.${gateway}.${wearer}.${Date.parse(since)}`,
    gateway,
    wearer,
    devices,
    type: 'technical',
    code: 'gateway-silent',
    params: { gateway, since },
    priority: 'high',
    state: 'active-unacknowledged',
    at: since,
    text: `Nobody is watching: ${silenceText(gateway, since)}`,
    revision: 1,
  }
}

function key(gateway: string, wearer: string): string {
  return `${gateway}\n${wearer}`
}

import { Subject } from 'rxjs'
import type { Subscription } from 'rxjs'
import type { Alarm, Summary, WearerStatus } from '../edge/messages.ts'
import { alarmPage } from './alarmPage.ts'
import type { MergedPage } from './alarmPage.ts'
import { noticesSteps } from './noticesSteps.ts'
import { acknowledgeAlarm, GatewaySilence, silenceText } from './gatewaySilence.ts'
import type { Watch } from './gatewaySilence.ts'
import type { Live, LiveChange } from './live.ts'
import { Problem } from './problem.ts'
import { evidenceOf } from './relay.ts'
import type { AlarmQuery, KnownWearer, Store } from './store/store.ts'
import { storedCoverage } from './storedCoverage.ts'
import { UnsavedAlarms } from './unsavedAlarms.ts'
import type { GatewayView, Snapshot, WallChange, WearerView } from './view.ts'

export interface WallOptions {
  store: Store
  live: Live
  /** ms since the epoch. */
  now?: (() => number) | undefined
  /** A clock that nobody sets, in ms; absent where `now` is given: none. */
  steady?: (() => number) | undefined
  /** Without a heartbeat for so long a gateway is silent, in ms. */
  silentAfterMs?: number | undefined
  /** For so long a wearer that only the store knows counts as still to be watched, in ms. */
  rememberMs?: number | undefined
}

/** How often the store is asked for wearers whom no gateway mentions, in ms. */
const recallEveryMs = 60_000
/** And how soon again where it did not answer. */
const retryRecallMs = 5000

/**
 * What stands on the wall: joins the live view, the silence of gateways and the store into one picture, and tells of
 * every change to it.
 */
export class Wall {
  readonly changes = new Subject<WallChange>()
  private readonly store: Store
  private readonly live: Live
  private readonly now: () => number
  private readonly rememberMs: number
  private readonly silence: GatewaySilence
  private readonly watch: Watch
  /** Wearers that the store knows, with the coverage there. */
  private remembered = new Map<string, KnownWearer & { coverage: number }>()
  private nextRecallAt = -Infinity
  /** Whether the store answered when it was last asked. */
  storeAnswers = false
  private recalling: Promise<void> | undefined
  private adopted = false
  /** Our own alarms, until the store has confirmed them. */
  readonly unsaved: UnsavedAlarms
  private timer: NodeJS.Timeout | undefined
  private subscription: Subscription | undefined

  constructor(options: WallOptions) {
    this.store = options.store
    this.live = options.live
    const steady = options.steady ?? (options.now === undefined ? () => performance.now() : undefined)
    this.now = noticesSteps(options.now ?? Date.now, steady, (byMs) => {
      this.silence.clockSet(byMs)
      this.nextRecallAt += byMs
    })
    this.rememberMs = options.rememberMs ?? 24 * 3600_000
    this.unsaved = new UnsavedAlarms(options.store.sink)
    this.silence = new GatewaySilence(options.silentAfterMs)
    this.watch = {
      by: (gateway) => this.watchedBy(gateway),
      elsewhere: (wearer, gateway) =>
        [...(this.live.statuses.get(wearer)?.values() ?? [])].some(
          (status) =>
            status.gateway !== gateway && status.devices.length > 0 && !this.silence.silentSince(status.gateway),
        ),
    }
  }

  /** Begins to listen and to look at the clock; resolves once the store was asked for what it remembers. */
  async start(): Promise<void> {
    this.subscription = this.live.changes.subscribe((change) => this.follow(change))
    await this.recall()
    this.timer = setInterval(() => this.tick(), 1000)
  }

  async stop(): Promise<void> {
    clearInterval(this.timer)
    this.subscription?.unsubscribe()
    this.changes.complete()
    await this.recalling
    await this.unsaved.save()
  }

  gateways(): GatewayView[] {
    return [...this.live.gateways.keys()].sort().flatMap((id) => this.gateway(id) ?? [])
  }

  /** Everyone of whom a gateway or the store knows, by id. */
  wearers(): WearerView[] {
    const ids = new Set([...this.live.statuses.keys(), ...this.remembered.keys()])
    return [...ids].sort().flatMap((id) => this.wearer(id) ?? [])
  }

  alarms(query: AlarmQuery): Promise<MergedPage> {
    return alarmPage(this.store, this.live.alarms, this.live.connected, query)
  }

  /** What a page needs to begin with: everyone, what needs somebody, and what was last. */
  async snapshot(): Promise<Snapshot> {
    const [active, last] = await Promise.all([
      this.alarms({ state: 'active', limit: 500 }),
      this.alarms({ state: 'all', limit: 50 }),
    ])
    const alarms = new Map([...last.alarms, ...active.alarms].map((alarm) => [alarm.id, this.newest(alarm)]))
    return {
      at: new Date(this.now()).toISOString(),
      broker: { connected: this.live.connected },
      gateways: this.gateways(),
      wearers: this.wearers(),
      alarms: [...alarms.values()],
      ...(active.incomplete === undefined ? {} : { incomplete: active.incomplete }),
    }
  }

  /**
   * Acknowledges an alarm: at the gateway that owns it, or here for the silence of a gateway. Once is enough: the alarm
   * is given back unchanged where somebody was first.
   *
   * @param revision of the alarm as the person saw it: what was announced after it stays unacknowledged
   * @throws Problem 404 unknown alarm, 503 our store did not confirm, or what the gateway said
   * @throws GatewayUnreachable where the gateway did not answer
   */
  async acknowledge(id: string, by: string, comment: string | undefined, revision?: number): Promise<Alarm> {
    const stored = this.live.alarms.get(id) ?? (await this.store.alarm(id))
    if (stored === undefined) throw new Problem(404, 'not-found', `alarm: expected a known id, received "${id}"`)
    const alarm = this.newest(stored)
    if (alarm.acknowledged !== undefined) return alarm
    if (alarm.code === 'gateway-silent') return this.acknowledgeHere(alarm, by, comment)
    const body = {
      action: 'acknowledge',
      alarm: id,
      by,
      ...(comment !== undefined && { comment }),
      ...(revision !== undefined && { revision }),
    } as const
    const response = await this.live.request(alarm.gateway, body)
    if (!response.ok) {
      const status = response.error === 'not-found' ? 404 : response.error === 'invalid' ? 400 : 502
      throw new Problem(status, response.error, `gateway "${alarm.gateway}": ${response.detail}`)
    }
    if (response.alarm) this.live.putAlarm(response.alarm)
    return this.live.alarms.get(id) ?? alarm
  }

  /** Drops all that is known of a wearer here. */
  async forget(wearer: string): Promise<void> {
    // The store was perhaps asked before it was erased there.
    await this.recalling
    this.live.forget(wearer)
    this.remembered.delete(wearer)
    this.changes.next({ event: 'erased', data: { wearer } })
  }

  /**
   * A file of evidence of an alarm, from the gateway that raised it: the first, or the one of its `evidenceFiles` that is named.
   *
   * @throws Problem 404 unknown alarm; otherwise as `evidenceOf`
   * @throws GatewayUnreachable where the gateway did not answer
   */
  async evidence(id: string, file?: string): Promise<Buffer> {
    const alarm = this.live.alarms.get(id) ?? (await this.store.alarm(id))
    if (alarm === undefined) throw new Problem(404, 'not-found', `alarm: expected a known id, received "${id}"`)
    return evidenceOf(this.live, alarm, file)
  }

  private async acknowledgeHere(alarm: Alarm, by: string, comment: string | undefined): Promise<Alarm> {
    const acknowledged = acknowledgeAlarm(alarm, by, comment, this.now())
    this.silence.update(acknowledged)
    this.putOwn([acknowledged])
    await this.unsaved.save()
    if (this.unsaved.has(alarm.id)) {
      throw new Problem(503, 'not-stored', 'the store has not confirmed the acknowledgement yet; it is tried again')
    }
    return acknowledged
  }

  private follow(change: LiveChange): void {
    const now = this.now()
    switch (change.kind) {
      case 'alarm':
        return this.changes.next({ event: 'alarm', data: change.alarm })
      case 'summary':
        return this.changes.next({ event: 'summary', data: change.summary })
      case 'broker':
        return this.changes.next({ event: 'broker', data: { connected: change.connected } })
      case 'status':
        this.silence.expect(change.status.gateway, now)
        return this.tellWearer(change.status.id)
      case 'heartbeat': {
        const wasSilent = this.silence.silentSince(change.gateway) !== undefined
        if (change.retained) this.silence.expect(change.gateway, now, change.at)
        else this.silence.heard(change.gateway, now, change.at)
        this.tellGateway(change.gateway)
        if (wasSilent) this.tick()
        if (wasSilent) this.tellWearersOf(change.gateway)
        return
      }
      case 'offline':
        this.silence.offline(change.gateway, now)
        this.tellGateway(change.gateway)
        this.tick()
        return this.tellWearersOf(change.gateway)
      case 'gateway-cleared':
        this.silence.forget(change.gateway)
        return this.tick()
    }
  }

  private tick(): void {
    const { alarms, fellSilent } = this.silence.tick(this.now(), this.watch)
    this.putOwn(alarms)
    for (const gateway of fellSilent) {
      this.tellGateway(gateway)
      this.tellWearersOf(gateway)
    }
    void this.unsaved.save()
    if (this.now() >= this.nextRecallAt) void this.recall()
  }

  private putOwn(alarms: readonly Alarm[]): void {
    for (const alarm of alarms) {
      this.unsaved.put(alarm)
      this.live.putAlarm(alarm)
    }
  }

  /** Asks the store whom it knows; a store that does not answer is asked again later. */
  private async recall(): Promise<void> {
    this.recalling ??= this.recallNow()
      .then(
        () => (this.storeAnswers = true),
        () => (this.storeAnswers = false),
      )
      .then(() => {
        this.nextRecallAt = this.now() + (this.storeAnswers ? recallEveryMs : retryRecallMs)
        this.recalling = undefined
      })
    await this.recalling
  }

  private async recallNow(): Promise<void> {
    const known = await this.store.wearers()
    const remembered = new Map<string, KnownWearer & { coverage: number }>()
    for (const wearer of known) {
      const before = this.remembered.get(wearer.id)
      const isLive = this.live.statuses.has(wearer.id)
      const coverage =
        isLive || before?.last.at === wearer.last.at
          ? (before?.coverage ?? 0)
          : await storedCoverage(this.store, wearer.last)
      remembered.set(wearer.id, { ...wearer, coverage })
      if (this.isRecent(wearer.last)) this.silence.expect(wearer.last.gateway, this.now(), wearer.last.at)
    }
    this.remembered = remembered
    if (this.adopted) return
    const { alarms } = await this.store.alarms({ state: 'active', limit: 1000 })
    for (const alarm of alarms) {
      if (alarm.code !== 'gateway-silent') continue
      this.silence.adopt(alarm, this.now())
      this.live.putAlarm(alarm)
    }
    this.adopted = true
  }

  private isRecent(last: Summary): boolean {
    return this.now() - Date.parse(last.at) < this.rememberMs
  }

  private watchedBy(gateway: string) {
    const said = [...this.live.statuses].flatMap(([wearer, byGateway]) => {
      const devices = byGateway.get(gateway)?.devices ?? []
      return devices.length > 0 ? [{ wearer, devices }] : []
    })
    const stored = [...this.remembered.values()]
      .filter(({ id, last }) => last.gateway === gateway && !this.live.statuses.has(id) && this.isRecent(last))
      .map(({ id }) => ({ wearer: id, devices: [] }))
    return [...said, ...stored]
  }

  private gateway(id: string): GatewayView | undefined {
    const state = this.live.gateways.get(id)
    const silentSince = this.silence.silentSince(id)
    return state && { ...state, ...(silentSince === undefined ? {} : { silentSince }) }
  }

  private wearer(id: string): WearerView | undefined {
    const status = this.currentStatus(id)
    if (status === undefined) return this.rememberedWearer(id)
    const {
      gateway,
      devices,
      coverage,
      vitals,
      watchingSince,
      notWatchingBecause,
      watchingWithout,
      earlyWarning,
      limits,
    } = status
    const silentSince = this.silence.silentSince(gateway)
    const because = silentSince === undefined ? notWatchingBecause : silenceText(gateway, silentSince)
    const watching = because === undefined && watchingSince !== undefined
    return {
      gateway,
      id,
      devices,
      ...(watching ? { watchingSince } : { notWatchingBecause: because ?? `gateway ${gateway} gives no reason` }),
      ...(watching && watchingWithout !== undefined && { watchingWithout }),
      coverage,
      vitals,
      ...(earlyWarning !== undefined && { earlyWarning }),
      ...(limits !== undefined && { limits }),
      ...scoreOf(this.live.summaries.get(id)),
    }
  }

  private rememberedWearer(id: string): WearerView | undefined {
    const known = this.remembered.get(id)
    if (known === undefined) return undefined
    const { last, coverage } = known
    const silentSince = this.silence.silentSince(last.gateway)
    return {
      gateway: last.gateway,
      id,
      devices: [],
      notWatchingBecause:
        silentSince === undefined
          ? `no gateway has spoken of them since ${last.at}`
          : silenceText(last.gateway, silentSince),
      coverage,
      vitals: {},
      ...scoreOf(last),
    }
  }

  /** Of several gateways that speak of a wearer: the one that watches and can be heard, else one that can be heard. */
  private currentStatus(id: string): WearerStatus | undefined {
    const rank = (status: WearerStatus) =>
      (this.silence.silentSince(status.gateway) === undefined ? 4 : 0) +
      (status.watchingSince === undefined ? 0 : 2) +
      (status.devices.length > 0 ? 1 : 0)
    return [...(this.live.statuses.get(id)?.values() ?? [])].sort((a, b) => rank(b) - rank(a))[0]
  }

  private newest(alarm: Alarm): Alarm {
    const live = this.live.alarms.get(alarm.id)
    return live !== undefined && live.revision > alarm.revision ? live : alarm
  }

  private tellWearersOf(gateway: string): void {
    for (const { wearer } of this.watchedBy(gateway)) this.tellWearer(wearer)
  }

  private tellWearer(id: string): void {
    const data = this.wearer(id)
    if (data !== undefined) this.changes.next({ event: 'wearer', data })
  }

  private tellGateway(id: string): void {
    const data = this.gateway(id)
    if (data !== undefined) this.changes.next({ event: 'gateway', data })
  }
}

function scoreOf(summary: Summary | undefined): Pick<WearerView, 'score' | 'threshold' | 'scoredAt'> {
  if (summary?.score === undefined) return {}
  return {
    score: summary.score,
    scoredAt: summary.at,
    ...(summary.threshold === undefined ? {} : { threshold: summary.threshold }),
  }
}

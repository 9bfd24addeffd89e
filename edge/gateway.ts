import { join } from 'node:path'
import type { Logger } from 'pino'
import { interval, map, merge, Subject, takeUntil, type Observable, type Subscription } from 'rxjs'
import type { Decoder } from '../firmware-bridge/decoders.ts'
import type { StreamDecoder } from '../firmware-bridge/records.ts'
import type { Bundle } from '../models/bundle.ts'
import { openAlarms } from './alarms/machine.ts'
import { rateOf } from './alarms/rates.ts'
import { DeviceAvailability } from './availability.ts'
import { Bus } from './bus.ts'
import type { GatewayConfig } from './config.ts'
import { watchListeners } from './detectors/nobodyListening.ts'
import { watchOutages, type Connection } from './detectors/outages.ts'
import { EvidenceFiles } from './evidence/evidenceFiles.ts'
import { withEvidenceFiles } from './evidence/keepEvidence.ts'
import { answerEvidence } from './evidence/answerEvidence.ts'
import type { Flow, Input, Tick } from './flow.ts'
import { GatewayHealth } from './health.ts'
import type { Sink } from './messages.ts'
import { createPipeline } from './pipeline.ts'
import { Forwarder } from './sinks/forwarder.ts'
import { mqttAlarms } from './sinks/mqttAlarms.ts'
import { openSinks } from './sinks/openSinks.ts'
import { mqttSource } from './sources/mqtt.ts'
import { serialSource } from './sources/serial.ts'
import { commit } from './stages/commit.ts'
import { earlyWarningOf } from './earlyWarning/observed.ts'
import { coverageOf } from './stages/summaries.ts'
import { tickWhenSet } from './stages/tickWhenSet.ts'
import { AssignmentBook } from './stages/wearers.ts'
import { openDataFile, type Repair } from './state/dataFile.ts'
import { derivedKey, readDataKey } from './state/dataKey.ts'
import { Journal } from './state/journal.ts'
import { repairFindings, repairText, watchOutbox } from './state/outboxWatch.ts'
import { wallClock } from './time.ts'
import { Watch } from './watch.ts'

export interface GatewayParts {
  config: GatewayConfig
  bundle: Bundle
  vitalsBundle?: Bundle
  ppgBundle?: Bundle
  /** Destinations of alarms and summaries besides MQTT. */
  sinks: readonly Sink[]
  messageDecoder: (name: string) => Decoder
  streamDecoder: (name: string) => StreamDecoder
  log: Logger
}

/** A broker has at most 20 messages under way to a client unless told otherwise (MQTT 5): commit before that stops it. */
const maxUnacknowledged = 16
const statusEveryMillis = 1000
const healthEveryMillis = 5000

/** The running gateway: sources → pipeline → disk → destinations, and its voice on MQTT. */
export class Gateway {
  readonly health: GatewayHealth
  readonly #parts: GatewayParts
  readonly #journal: Journal
  readonly #repair: Repair | undefined
  readonly #book: AssignmentBook
  readonly #evidence: EvidenceFiles
  readonly #pipeline
  readonly #watch: Watch
  readonly #availability: DeviceAvailability
  readonly #own = new Subject<Input>()
  readonly #stopping = new Subject<void>()
  readonly #forwarders: Forwarder[] = []
  readonly #timers: NodeJS.Timeout[] = []
  #bus: Bus | undefined
  #running: Subscription | undefined
  /** Of each source that has said so: whether it is connected, and what it said. */
  readonly #sourceAnswers = new Map<string, { answers: boolean; error?: string }>()
  /** What the disk said when it last took nothing; absent: it takes what it is given. */
  #diskError: string | undefined

  /** Opens the data file and puts back what was known; connects nothing yet. */
  constructor(parts: GatewayParts) {
    const { config, bundle, vitalsBundle, ppgBundle } = parts
    this.#parts = parts
    const path = join(config.dataDirectory, 'gateway.db')
    const key = readDataKey(config.dataKey, process.env)
    const opened = openDataFile(path, key, Date.now)
    this.#repair = opened.repair
    if (opened.repair !== undefined) parts.log.error(repairText(opened.repair))
    const encryption = opened.encryptedNow
      ? 'now encrypted, with all that was in it'
      : opened.encrypted
        ? 'encrypted'
        : 'not encrypted'
    parts.log.info(`data file ${path}: ${encryption}`)
    this.#journal = new Journal(opened.db, { maxBytes: config.outbox.maxBytes })
    this.#book = new AssignmentBook(config.assignments)
    const { gateway, limits } = config
    this.#evidence = new EvidenceFiles({
      directory: join(config.dataDirectory, 'evidence'),
      ...config.evidence,
      ...(key !== undefined && { key: derivedKey(key, 'evidence') }),
      openAlarms: () => openAlarms(this.#pipeline.knows.alarms),
      onError: (error) => parts.log.warn({ error: String(error) }, 'evidence of an alarm is not kept'),
    })
    this.#pipeline = createPipeline({
      gateway,
      bundle,
      ...(vitalsBundle !== undefined && { vitalsBundle }),
      ...(ppgBundle !== undefined && { ppgBundle }),
      book: this.#book,
      limits,
      wearerLimits: config.wearerLimits,
      alarmSettings: config.alarms,
      keepsNothing: new Set(config.sources.serial.map(({ name }) => name)),
      now: wallClock,
      evidence: this.#evidence,
      escalation: config.escalation,
    })
    this.#pipeline.restore(this.#journal.readState())
    this.#availability = new DeviceAvailability(gateway, limits.silenceSeconds)
    const { summaries, observed, limits: limitBook } = this.#pipeline.knows
    this.#watch = new Watch(
      this.#book,
      (wearer) => coverageOf(summaries.peek(wearer)),
      (wearer) => earlyWarningOf(observed.peek(wearer), wallClock()),
      (wearer) => limitBook.list(wearer),
    )
    this.health = new GatewayHealth({
      gateway,
      bundle,
      book: this.#book,
      knows: this.#pipeline.knows,
      journal: this.#journal,
      forwarders: this.#forwarders,
      alarmSettings: config.alarms,
      busConnected: () => this.#bus?.connected ?? false,
      people: () => this.#bus?.responders.people ?? 0,
      evidence: () => ({ ...this.#evidence.metrics, memory: this.#pipeline.recorder?.metrics }),
    })
  }

  start(): void {
    const { config, log, bundle } = this.#parts
    const bus = new Bus(
      config.gateway,
      config.mqtt,
      (asked) => {
        // Of what lies on disk alone: nothing that the pipeline need know.
        if (!answerEvidence(asked, this.#evidence)) this.#own.next(asked)
      },
      (reason, detail, bytes) =>
        this.#own.next({ kind: 'refused', source: 'requests', device: '', reason, detail, bytes }),
    )
    this.#bus = bus
    bus.client.on('connect', () => this.#availability.forget())
    const sinks = [mqttAlarms(bus.client, bus.topic), ...this.#parts.sinks, ...openSinks(config.sinks)]
    for (const sink of sinks) {
      const complain = (error: unknown): void =>
        log.warn({ sink: sink.name, error: String(error) }, 'not confirmed: kept in the outbox')
      this.#forwarders.push(new Forwarder(sink, this.#journal, complain))
    }
    this.#tellWhatStands(sinks)
    const committed = commit({
      journal: this.#journal,
      states: this.#pipeline.states,
      sinks,
      everyMillis: config.commitSeconds * 1000,
      maxUnacknowledged,
      onDropped: () => (this.#journal.neverWritten += 1),
      onError: (error) => {
        this.health.diskFailed(error)
        this.#diskError = String(error)
        log.error({ error: String(error) }, 'the data file cannot be written: nothing is acknowledged until it can')
      },
    })
    this.#running = merge(this.#own, ticks(), ...this.#sources())
      .pipe(takeUntil(this.#stopping), tickWhenSet(look), this.#pipeline.run(committed))
      .subscribe((item) => this.#told(item))
    this.#tellRepair()
    for (const forwarder of this.#forwarders) forwarder.wake()
    const lookAtOutbox = watchOutbox()
    const lookAtConnections = watchOutages(() => performance.now())
    const { alarm, afterSeconds } = config.nobodyListening
    const lookAtListeners = watchListeners(afterSeconds, () => performance.now())
    this.#timers.push(
      setInterval(() => {
        this.#tellStatus(bus)
        const listeners = this.#forwarders.filter(({ reachesPeople }) => reachesPeople).length + bus.responders.people
        const found = [
          ...lookAtConnections(this.#connections(bus), wallClock()),
          // Switched off, it ends what stood before.
          ...lookAtListeners(alarm === 'on' ? listeners : 1, wallClock()),
        ]
        for (const finding of found) this.#own.next(finding)
      }, statusEveryMillis),
      setInterval(() => bus.health(this.health.fullReport()), healthEveryMillis),
      setInterval(() => {
        for (const finding of lookAtOutbox(this.#journal.outboxReport(), wallClock())) this.#own.next(finding)
      }, healthEveryMillis),
    )
    log.info({ gateway: config.gateway, model: bundle.manifest.name }, 'gateway started')
  }

  /** Commits what is under way, sends what it can within a second, and closes everything. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#stopping.next()
    this.#running?.unsubscribe()
    this.#pipeline.recorder?.stop()
    await this.#evidence.stop()
    await Promise.all(this.#forwarders.map((forwarder) => forwarder.stop(1000)))
    await this.#bus?.stop()
    this.#journal.close()
  }

  #sources(): Observable<Input>[] {
    const { config, messageDecoder, streamDecoder } = this.#parts
    return [
      ...config.sources.mqtt.map((source) => mqttSource(source, config.gateway, config.mqtt, messageDecoder)),
      ...config.sources.serial.map((source) => serialSource(source, streamDecoder)),
    ]
  }

  /** What was lost with a damaged data file: as an alarm, and in the quarantine for inspection. */
  #tellRepair(): void {
    if (this.#repair === undefined) return
    const detail = repairText(this.#repair)
    this.#own.next({ kind: 'refused', source: 'data file', device: '', reason: 'data-file-repaired', detail })
    for (const finding of repairFindings(this.#repair, wallClock())) this.#own.next(finding)
  }

  /** A broker that has lost its memory must learn again what stands. */
  #tellWhatStands(sinks: readonly Sink[]): void {
    const standing = openAlarms(this.#pipeline.knows.alarms).map((alarm) => ({
      kind: 'alarm' as const,
      alarm: withEvidenceFiles(alarm, this.#evidence),
    }))
    this.#journal.commit(
      [],
      standing,
      sinks.filter(({ name }) => name === 'mqtt'),
      [],
    )
  }

  /** What has come through the pipeline; alarms, summaries and refusals are on disk by now. */
  #told(item: Flow): void {
    this.#watch.see(item)
    this.health.see(item)
    if (item.kind === 'source') {
      const { source, connected: answers, detail: error } = item
      this.#sourceAnswers.set(source, { answers, ...(error !== undefined && { error }) })
    }
    // What is committed shows that the disk is there again.
    if (item.kind === 'summary' || item.kind === 'alarm' || item.kind === 'refused') this.#diskError = undefined
    if (item.kind === 'summary') this.#bus?.summary(item.summary)
    if (item.kind === 'alarm') {
      const { code, priority, state, text, wearer } = item.alarm
      this.#parts.log.info({ code, priority, state, wearer }, text)
    }
    if (item.kind === 'alarm' || item.kind === 'summary') for (const forwarder of this.#forwarders) forwarder.wake()
  }

  /** How everything stands that the gateway needs and that may be away. */
  #connections(bus: Bus): Connection[] {
    const broker = { name: 'mqtt', answers: bus.connected, error: 'not connected' }
    const atBroker = new Set(
      this.#parts.config.sources.mqtt.flatMap(({ name, url }) => (url === undefined ? name : [])),
    )
    const sources = [...this.#sourceAnswers]
      // One broker that is away is one outage.
      .filter(([name]) => bus.connected || !atBroker.has(name))
      .map(([name, state]) => ({ code: 'source-unreachable' as const, name, ...state }))
    const destinations = this.#forwarders.map(({ name, answer }) => ({
      code: 'destination-unreachable' as const,
      name,
      ...(name === broker.name && !broker.answers ? broker : answer),
    }))
    const disk = this.#diskError === undefined ? { answers: true } : { answers: false, error: this.#diskError }
    return [...destinations, ...sources, { code: 'data-file-unwritable', name: 'data-file', ...disk }]
  }

  #tellStatus(bus: Bus): void {
    if (bus.connected)
      for (const availability of this.#availability.look(this.#pipeline.knows.devices.entries(), wallClock()))
        bus.availability(availability)
    for (const wearer of this.#book.wearers()) {
      const alarmRate = rateOf(this.#pipeline.knows.rates.peek(wearer))
      const status = this.#watch.status(this.#parts.config.gateway, wearer, wallClock())
      bus.status({ ...status, ...(alarmRate !== undefined && { alarmRate }) })
    }
  }
}

const look = (): Tick => ({ kind: 'tick', now: wallClock(), steadyMicros: performance.now() * 1000 })

function ticks(): Observable<Input> {
  return interval(1000).pipe(map(look))
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InfluxDB } from 'influx'
import type { Alarm } from '../edge/messages.ts'
import { startInfluxd, type Influxd } from './real/influxd.ts'
import { startMosquitto, type Mosquitto } from './real/mosquitto.ts'
import { eventually, needs, recording } from './real/programs.ts'
import { startPtyPair, type PtyPair } from './real/ptyPair.ts'
import { canonicalAlarms, RunningProcess, vitalEdge, vitalEdgeLines } from './real/vitalEdge.ts'

const { there, why } = needs('mosquitto', 'influxd', 'socat', 'recordings')
const records = ['208', '119']
const speed = '100'

interface VerdictLine {
  kind: 'verdict'
  verdict: string
  from: number
  to: number
}
type AlarmLine = { kind: 'alarm' } & Alarm

/** Of the beats judged, how many are ventricular by the cardiologists' annotation, among the anomalous and among all. */
async function ventricularShare(record: string, lines: readonly VerdictLine[]) {
  const { openRecording } = await import('../simulators/recordings/recording.ts')
  const annotations = await (await openRecording(recording(`mitdb/${record}`))).annotations()
  const beats = annotations.filter(({ code }) => 'NLRejAaJSVEF/fQ'.includes(code))
  const judged = lines.filter(({ verdict }) => verdict === 'normal' || verdict === 'anomalous')
  const codeAt = (peak: number): string | undefined =>
    beats.find(({ sample }) => Math.abs((sample / 360) * 1e6 - peak) <= 150_000)?.code
  const matched = judged.map((line) => ({ ...line, code: codeAt(line.from + 250_000) }))
  const share = (of: typeof matched): number => of.filter(({ code }) => code === 'V').length / of.length
  const anomalous = matched.filter(({ verdict }) => verdict === 'anomalous')
  return {
    judged: judged.length,
    anomalous: anomalous.length,
    shareOfAnomalous: share(anomalous),
    shareOfAll: share(matched),
  }
}

/** Alarms about a gateway itself, such as a broker that is slow to answer, hang on the wall clock. */
const isOfWearer = ({ wearer }: { wearer?: string | null | undefined }): boolean => Boolean(wearer)

describe.skipIf(!there)(`the whole line with real parts${why}`, () => {
  let influxd: Influxd
  let broker: Mosquitto
  const lines: PtyPair[] = []
  let byMqtt: RunningProcess
  let bySerial: RunningProcess
  const offline = new Map<string, (VerdictLine | AlarmLine)[]>()

  const common = (gateway: string, folder: string) => ({
    gateway,
    dataDirectory: folder,
    mqtt: { url: broker.url },
    assignments: records.map((record) => ({ device: record, wearer: `w-${record}` })),
    store: { kind: 'influx', url: influxd.url, database: gateway },
    // The replays pause between records; silence has tests of its own.
    limits: { silenceSeconds: 3600 },
    nobodyListening: { alarm: 'off' },
  })

  beforeAll(async () => {
    influxd = await startInfluxd()
    broker = await startMosquitto()
    for (const record of records) {
      lines.push(await startPtyPair())
      const wearer = ['--wearer', `w-${record}`]
      offline.set(record, await vitalEdgeLines('detect', recording(`mitdb/${record}`), ...wearer, '--json'))
    }
    byMqtt = await RunningProcess.start('gateway', (folder) => ({
      ...common('by-mqtt', folder),
      sources: { mqtt: [{ name: 'devices', topics: [{ pattern: 'wearables/+/frame', decoder: 'frame' }] }] },
    }))
    bySerial = await RunningProcess.start('gateway', (folder) => ({
      ...common('by-serial', folder),
      sources: {
        serial: records.map((record, i) => ({ name: `port-${record}`, path: lines[i]?.gateway ?? '', device: record })),
      },
    }))
  }, 240_000)

  afterAll(async () => {
    await Promise.all([byMqtt, bySerial].map((process) => process?.remove()))
    await Promise.all(lines.map((line) => line.stop()))
    await broker?.stop()
    await influxd?.remove()
  })

  it.each(records)('in record %s ventricular beats are over-represented among the anomalous ones', async (record) => {
    const verdicts = (offline.get(record) ?? []).filter((line): line is VerdictLine => line.kind === 'verdict')
    const share = await ventricularShare(record, verdicts)
    console.log(`record ${record}: ${JSON.stringify(share)}`)
    expect(share.judged).toBeGreaterThan(1800)
    expect(share.anomalous).toBeGreaterThan(100)
    expect(share.shareOfAnomalous).toBeGreaterThan(1.5 * share.shareOfAll)
  })

  it('gives the same alarms over MQTT, over a serial line and offline, in InfluxDB and in the API', async () => {
    const sent = await Promise.all(
      records.flatMap((record, i) => [
        vitalEdge('replay', recording(`mitdb/${record}`), '--to', broker.url, '--speed', speed),
        vitalEdge('replay', recording(`mitdb/${record}`), '--to', `serial:${lines[i]?.device ?? ''}`, '--speed', speed),
      ]),
    )
    expect(sent.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual(sent.map(() => [0, '']))
    const expected = canonicalAlarms(
      [...offline.values()].flat().filter((line): line is AlarmLine => line.kind === 'alarm'),
    )
    expect(expected.filter(({ code }) => code === 'ecg-anomaly').length).toBeGreaterThan(5)
    for (const gateway of [byMqtt, bySerial]) {
      const health = await eventually('everything is confirmed', async () => {
        const health = await gateway.health()
        const ended = (await gateway.alarms()).filter(({ code }) => code === 'device-off').length
        return ended === records.length && Object.keys(health.outbox.waiting).length === 0 ? health : undefined
      })
      expect(health.devices).toMatchObject({ lostFrames: 0, duplicates: 0, unassigned: 0 })
      expect(health.refused).toEqual({})
      expect(canonicalAlarms((await gateway.alarms()).filter(isOfWearer))).toEqual(expected)
    }
    for (const database of ['by-mqtt', 'by-serial']) {
      const influx = new InfluxDB({ host: '127.0.0.1', port: influxd.port, database })
      const rows = await influx.query<{ id: string; wearer: string | null }>('SELECT * FROM alarms')
      expect(
        rows
          .filter(isOfWearer)
          .map(({ id }) => id)
          .sort(),
      ).toEqual(expected.map(({ id }) => id))
    }
  }, 240_000)
})

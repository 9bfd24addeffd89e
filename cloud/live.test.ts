import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GatewayUnreachable, Live } from './live.ts'
import type { LiveChange } from './live.ts'
import { anAlarm, aStatus, aSummary } from './testing/samples.ts'
import { startBroker, startStandInGateway } from './testing/standInGateway.ts'

describe('the live view, over a real broker', () => {
  let broker: Awaited<ReturnType<typeof startBroker>>
  let gateway: Awaited<ReturnType<typeof startStandInGateway>>
  let live: Live
  beforeEach(async () => {
    broker = await startBroker()
    gateway = await startStandInGateway(broker.url)
    live = new Live({ url: broker.url, base: 'vital-edge', requestTimeoutMs: 300, retainedSettleMs: 200 })
  })
  afterEach(async () => {
    await live.stop()
    await gateway.stop()
    await broker.stop()
  })

  it('reads what the broker has kept when it comes later', async () => {
    await gateway.alarm(anAlarm({}))
    await gateway.status(aStatus({}))
    await gateway.heartbeat()
    await live.start()
    await expect.poll(() => live.alarms.get(anAlarm({}).id)).toEqual(anAlarm({}))
    await expect.poll(() => live.statuses.get('w1')?.get('g1')).toEqual(aStatus({}))
    await expect.poll(() => live.gateways.get('g1')).toMatchObject({ state: 'online', health: { uptimeSeconds: 1 } })
  })

  it('hears one gateway alone where it is told to', async () => {
    const own = new Live({ url: broker.url, base: 'vital-edge', gateway: 'g2' })
    await gateway.alarm(anAlarm({}))
    await live.start()
    await own.start()
    await expect.poll(() => live.alarms.size).toBe(1)
    expect([own.alarms.size, own.gateways.size]).toEqual([0, 0])
    await own.stop()
  })

  it('keeps the higher revision of an alarm, whatever comes after it', async () => {
    const changes: LiveChange[] = []
    live.changes.subscribe((change) => changes.push(change))
    await live.start()
    await gateway.alarm(anAlarm({ revision: 1 }))
    await gateway.alarm(anAlarm({ revision: 3, state: 'returned-unacknowledged' }))
    await gateway.alarm(anAlarm({ revision: 2 }))
    await gateway.alarm(anAlarm({ id: 'last' }))
    await expect.poll(() => live.alarms.has('last')).toBe(true)
    expect(live.alarms.get(anAlarm({}).id)?.revision).toBe(3)
    const revisions = changes.flatMap((change) => (change.kind === 'alarm' ? change.alarm.revision : []))
    expect(revisions).toEqual([1, 3, 1])
  })

  it('counts what it cannot use under a reason, and goes on', async () => {
    await live.start()
    await gateway.raw('vital-edge/g1/alarms/x', 'not json')
    await gateway.raw('vital-edge/g1/alarms/x', Buffer.from([0xff, 0xfe]))
    await gateway.raw('vital-edge/g1/alarms/x', JSON.stringify({ ...anAlarm({ id: 'x' }), priority: 'urgent' }))
    await gateway.raw('vital-edge/g1/alarms/other', JSON.stringify(anAlarm({ id: 'x' })))
    await gateway.raw('vital-edge/g2/wearers/w1/status', JSON.stringify(aStatus({})))
    await gateway.raw('vital-edge/g1/wearers/w1/summary', JSON.stringify({ ...aSummary({}), schemaVersion: 2 }))
    await gateway.raw('vital-edge/g1/bridge/health', Buffer.alloc(300_000, 'x'))
    await gateway.summary(aSummary({}))
    await expect.poll(() => live.summaries.get('w1')).toEqual(aSummary({}))
    expect(live.rejected).toMatchObject({ 'not-json': 2, invalid: 2, 'wrong-topic': 2, 'too-long': 1 })
    expect(live.alarms.size).toBe(0)
  })

  it('gives the answer of the gateway to a request', async () => {
    await gateway.alarm(anAlarm({}))
    await live.start()
    const response = await live.request('g1', { action: 'acknowledge', alarm: anAlarm({}).id, by: 'nurse' })
    expect(response).toMatchObject({ ok: true, alarm: { state: 'active-acknowledged', revision: 2 } })
    expect(await live.request('g1', { action: 'acknowledge', alarm: 'none', by: 'nurse' })).toMatchObject({
      ok: false,
      error: 'not-found',
    })
  })

  it('says which gateway did not answer', async () => {
    await live.start()
    gateway.fallMute()
    await expect(live.request('g1', { action: 'list-devices' })).rejects.toThrow(
      'gateway "g1" did not answer within 0.3 s',
    )
    await expect(live.request('g9', { action: 'list-devices' })).rejects.toBeInstanceOf(GatewayUnreachable)
  })

  it('hears the last will of a gateway that breaks off', async () => {
    await live.start()
    await gateway.heartbeat('2026-01-01T00:00:05.000Z')
    await expect.poll(() => live.gateways.get('g1')?.lastHeardAt).toBe('2026-01-01T00:00:05.000Z')
    gateway.breakOff()
    await expect
      .poll(() => live.gateways.get('g1'))
      .toMatchObject({ state: 'offline', lastHeardAt: '2026-01-01T00:00:05.000Z' })
  })

  it('starts without a broker, and finds it when it comes', async () => {
    const early = new Live({ url: broker.url, base: 'vital-edge', requestTimeoutMs: 100 })
    await gateway.stop()
    await broker.stop()
    await early.start()
    expect(early.connected).toBe(false)
    await expect(early.request('g1', { action: 'list-devices' })).rejects.toThrow('broker cannot be reached')
    broker = await startBroker(broker.port)
    gateway = await startStandInGateway(broker.url)
    await expect.poll(() => early.gateways.has('g1'), { timeout: 10_000 }).toBe(true)
    await early.stop()
  })

  it('forgets alarms that ended while the connection was lost', async () => {
    await live.start()
    await gateway.alarm(anAlarm({ id: 'ends' }))
    await gateway.alarm(anAlarm({ id: 'stays' }))
    await expect.poll(() => live.alarms.size).toBe(2)
    // A broker without a memory: after it comes back only what is told again is known.
    await gateway.stop()
    await broker.stop()
    broker = await startBroker(broker.port)
    gateway = await startStandInGateway(broker.url)
    await gateway.alarm(anAlarm({ id: 'stays' }))
    await expect.poll(() => [...live.alarms.keys()], { timeout: 10_000 }).toEqual(['stays'])
  })
})

import type { MqttClient } from 'mqtt'
import type { Sink, Stored, topics } from '../messages.ts'

/**
 * Publishes each alarm's state, retained, so that whoever connects later knows what stands; an alarm that is back to normal
 * is told once more and then leaves the retained state. Summaries are not its business.
 */
export function mqttAlarms(client: MqttClient, topic: ReturnType<typeof topics>): Sink {
  return {
    name: 'mqtt',
    takes: 'alarms',
    async write(items: readonly Stored[]) {
      for (const item of items) {
        if (item.kind !== 'alarm') continue
        if (!client.connected) throw new Error('the broker is not connected')
        const at = topic.alarm(item.alarm.id)
        const normal = item.alarm.state === 'normal'
        await client.publishAsync(at, JSON.stringify(item.alarm), { qos: 1, retain: !normal })
        if (normal) await client.publishAsync(at, '', { qos: 1, retain: true })
      }
    },
    stop: () => Promise.resolve(),
  }
}

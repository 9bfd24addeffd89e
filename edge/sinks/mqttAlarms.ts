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
      if (!client.connected) throw new Error('the broker is not connected')
      // All are sent before the first is confirmed, in this order: many that stand at a start are told in no time.
      const confirmed = items.flatMap((item) => {
        if (item.kind !== 'alarm') return []
        const at = topic.alarm(item.alarm.id)
        const normal = item.alarm.state === 'normal'
        const told = client.publishAsync(at, JSON.stringify(item.alarm), { qos: 1, retain: !normal })
        return normal ? [told, client.publishAsync(at, '', { qos: 1, retain: true })] : [told]
      })
      await Promise.all(confirmed)
    },
    stop: () => Promise.resolve(),
  }
}

import type { IPublishPacket, MqttClient } from 'mqtt'

interface Sent {
  cmd: string
  messageId?: number
}
/** `_sendPacket` is how MQTT.js sends an acknowledgement; it has no public way to send one later without holding up the line. */
type SendPacket = (packet: Sent, callback?: () => void, ...rest: unknown[]) => void

/**
 * Keeps the acknowledgements (PUBACK) of QoS 1 messages back until `acknowledge` is called for them, while later messages
 * go on arriving. Of a connection that is lost meanwhile nothing is acknowledged: a persistent session sends those
 * messages again.
 *
 * @returns gives the function that acknowledges one message, to be called once it is safe
 */
export function deferAcks(client: MqttClient): (packet: IPublishPacket) => () => void {
  const send = (client as unknown as { _sendPacket: SendPacket })._sendPacket.bind(client)
  let connection = 0
  client.on('close', () => {
    connection += 1
  })
  ;(client as unknown as { _sendPacket: SendPacket })._sendPacket = (packet, callback, ...rest) => {
    if (packet.cmd === 'puback') callback?.()
    else send(packet, callback, ...rest)
  }
  return ({ messageId, qos }) => {
    const since = connection
    return () => {
      if (qos === 1 && messageId !== undefined && connection === since && client.connected)
        send({ cmd: 'puback', messageId })
    }
  }
}

/**
 * What a device may call itself: the identifier of `edge/messages.ts`, restated because this folder imports nothing from
 * the edge. Without characters that MQTT, InfluxDB or a file system would read as something else.
 */
export const deviceIdPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

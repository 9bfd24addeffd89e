import type { MqttWireOptions } from './mqttWire.ts'
import { openFileWire } from './fileWire.ts'
import { openMqttWire, withoutSecrets } from './mqttWire.ts'
import type { SerialWireOptions } from './serialWire.ts'
import { openPtyWire } from './ptyPair.ts'
import { openSerialWire } from './serialWire.ts'
import type { Wire } from './wire.ts'
import { WireError } from './wire.ts'

export type WireOptions = MqttWireOptions & SerialWireOptions

/** What a `--to` may begin with; a new kind of wire is one file and one entry. */
const kinds: { prefix: RegExp; open: (rest: string, url: string, options: WireOptions) => Promise<Wire> }[] = [
  { prefix: /^mqtts?:\/\//, open: (_rest, url, options) => openMqttWire(url, options) },
  {
    prefix: /^serial:/,
    open: (path, _url, options) => (path === '' ? openPtyWire(options) : openSerialWire(path, options)),
  },
  { prefix: /^file:/, open: (path) => openFileWire(path) },
]

/** Whether this is a place that frames can be sent to. */
export function isWireUrl(url: string): boolean {
  return kinds.some(({ prefix }) => prefix.test(url) && (url.replace(prefix, '') !== '' || url === 'serial:'))
}

/**
 * Opens `mqtt://host[:port]`, `mqtts://…`, `serial:PATH`, `serial:` (makes a pseudo terminal) or `file:PATH`; rejects with a
 * `WireError`.
 */
export async function openWire(url: string, options: WireOptions = {}): Promise<Wire> {
  const kind = kinds.find(({ prefix }) => prefix.test(url))
  if (!kind) throw new WireError(url, 'expected mqtt://host[:port], serial:[PATH] or file:PATH')
  return kind.open(url.replace(kind.prefix, ''), url, options)
}

/** A wire's address as it may be shown: without user name and password. */
export function shownWire(url: string): string {
  return URL.canParse(url) && url.includes('://') ? withoutSecrets(url) : url
}

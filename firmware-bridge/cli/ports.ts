import { readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { SerialPort } from 'serialport'
import { describeIdentity, type ListedPort } from '../port/portIdentity.ts'
import { failed } from './failed.ts'

const stableFolder = '/dev/serial/by-id'

const help = `
Example:
  $ vital-edge ports --json
  {"ports":[{"path":"/dev/ttyUSB0","stablePath":"/dev/serial/by-id/usb-Example-if00","vendorId":"0403", …}]}

In a gateway's configuration either the stable path is \`path\`, or what the port says of itself is \`port\`.`

export function registerPorts(program: Command, write: (line: string) => void): void {
  program
    .command('ports')
    .description('list the serial ports of this computer and what they say of themselves')
    .option('--json', 'one JSON object')
    .addHelpText('after', help)
    .action(async ({ json }: { json?: true }) => {
      try {
        const [listed, links] = await Promise.all([SerialPort.list(), stablePaths(stableFolder)])
        const ports = listed.map((port) => shownPort(port, links))
        if (json) write(`${JSON.stringify({ ports })}\n`)
        else if (ports.length === 0) write('This computer has no serial ports.\n')
        else for (const port of ports) write(`${plain(port)}\n`)
      } catch (error) {
        failed('ports', error)
      }
    })
}

export interface ShownPort extends ListedPort {
  /** The same port by a name that stays the same when it is plugged in elsewhere. */
  stablePath?: string
}

/** What is known of a port; unknown fields are left out. */
export function shownPort(port: ListedPort, links: ReadonlyMap<string, string>): ShownPort {
  const { path, manufacturer, serialNumber, vendorId, productId } = port
  const stablePath = links.get(path)
  const fields = { stablePath, manufacturer, serialNumber, vendorId, productId }
  const known = Object.entries(fields).filter(([, value]) => value !== undefined)
  return { path, ...(Object.fromEntries(known) as Partial<typeof fields>) } as ShownPort
}

/** Device file → stable link to it; empty where the system has none. */
export async function stablePaths(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const name of await readdir(folder).catch(() => [])) {
    const link = join(folder, name)
    const path = await realpath(link).catch(() => undefined)
    if (path !== undefined) found.set(path, link)
  }
  return found
}

function plain({ path, stablePath, ...identity }: ShownPort): string {
  return [path, stablePath, describeIdentity(identity)].filter(Boolean).join('  ')
}

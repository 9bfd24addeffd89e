/** What a USB port says of itself; each field that is given must be the same. Ids are four hexadecimal digits. */
export interface PortIdentity {
  serialNumber?: string | undefined
  vendorId?: string | undefined
  productId?: string | undefined
  manufacturer?: string | undefined
}

/** A port as the operating system lists it. */
export interface ListedPort extends PortIdentity {
  path: string
}

export const identityFields = ['serialNumber', 'vendorId', 'productId', 'manufacturer'] as const

/**
 * The path of the one port that is meant.
 *
 * @throws Error if there is none (it says what was looked for and what there is) or more than one (it lists them and says
 *   which field would tell them apart).
 */
export function matchPort(wanted: PortIdentity, ports: readonly ListedPort[]): string {
  const found = ports.filter((port) =>
    identityFields.every((field) => wanted[field] === undefined || same(wanted[field], port[field])),
  )
  const [first] = found
  if (first === undefined)
    throw new Error(`expected a port with ${describeIdentity(wanted)}, received ${describePorts(identified(ports))}`)
  if (found.length === 1) return first.path
  const telling = identityFields.filter(
    (field) => wanted[field] === undefined && new Set(found.map((port) => port[field])).size > 1,
  )
  const advice = telling.length > 0 ? `add ${telling.join(' or ')}` : 'nothing tells them apart: give the path instead'
  throw new Error(
    `expected one port with ${describeIdentity(wanted)}, received ${found.length} (${describePorts(found)}): ${advice}`,
  )
}

/** `serialNumber "A1", vendorId "0403"`: the fields that are there. */
export function describeIdentity(identity: PortIdentity): string {
  return identityFields
    .filter((field) => identity[field] !== undefined)
    .map((field) => `${field} ${JSON.stringify(identity[field])}`)
    .join(', ')
}

/** Ids of udev and of Windows differ in case. */
function same(wanted: string, actual: string | undefined): boolean {
  return actual !== undefined && wanted.toLowerCase() === actual.toLowerCase()
}

/** A computer lists many ports that are soldered in or not there at all: they say nothing of themselves. */
function identified(ports: readonly ListedPort[]): ListedPort[] {
  return ports.filter((port) => identityFields.some((field) => port[field] !== undefined))
}

const shownPorts = 8

function describePorts(ports: readonly ListedPort[]): string {
  if (ports.length === 0) return 'no port that says who it is'
  const shown = ports.slice(0, shownPorts).map((port) => `${port.path}: ${describeIdentity(port)}`)
  return [...shown, ...(ports.length > shownPorts ? [`${ports.length - shownPorts} more`] : [])].join('; ')
}

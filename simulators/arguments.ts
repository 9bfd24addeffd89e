import { InvalidArgumentError } from 'commander'
import { deviceIdPattern } from '../firmware-bridge/deviceId.ts'
import type { SignalName } from '../firmware-bridge/signals.ts'
import { signalNames } from '../firmware-bridge/signals.ts'
import type { TimeColumn } from './recordings/csv/csvOptions.ts'
import { timeUnits } from './recordings/csv/csvOptions.ts'
import type { Speed } from './wire/pace.ts'
import { isWireUrl } from './wire/openWire.ts'

/** Parsers of command-line arguments; each throws commander's `InvalidArgumentError`, which ends in exit code 2. */

const slowest = 0.1
const fastest = 10_000

export function speedArgument(text: string): Speed {
  if (text === 'max') return 'max'
  const speed = Number(text)
  if (speed >= slowest && speed <= fastest) return speed
  throw new InvalidArgumentError(`expected ${slowest} to ${fastest} or "max", received "${text}"`)
}

export function wireArgument(text: string): string {
  if (isWireUrl(text)) return text
  throw new InvalidArgumentError(`expected mqtt://host[:port], serial:[PATH] or file:PATH, received "${text}"`)
}

export function deviceArgument(text: string): string {
  if (deviceIdPattern.test(text)) return text
  throw new InvalidArgumentError(`expected 1 to 64 letters, digits, ".", "_", "-", received "${text}"`)
}

export function topicArgument(text: string): string {
  if (text !== '' && !/[+#\0]/.test(text)) return text
  throw new InvalidArgumentError(`expected a topic without "+" and "#", received "${text}"`)
}

/** A whole number of 32 bits, decimal or 0x… */
export function unsignedArgument(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isInteger(value) && value >= 0 && value <= 0xffffffff) return value
  throw new InvalidArgumentError(`expected a whole number from 0 to 4294967295, received "${text}"`)
}

export function positiveArgument(text: string): number {
  const value = Number(text)
  if (value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError(`expected a number > 0, received "${text}"`)
}

export function wholeSecondsArgument(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= 1) return value
  throw new InvalidArgumentError(`expected whole seconds >= 1, received "${text}"`)
}

/** `auto`, or ISO 8601 with a zone, as integer µs since the epoch. */
export function startArgument(text: string): number | 'auto' {
  if (text === 'auto') return 'auto'
  const millis = /T.*(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : NaN
  if (Number.isFinite(millis)) return millis * 1000
  throw new InvalidArgumentError(`expected "auto" or a time such as 2026-01-01T00:00:00Z, received "${text}"`)
}

/** `MLII=ecg,PLETH=ppg`: channel (or CSV column) to signal. */
export function signalsArgument(text: string): Map<string, SignalName> {
  const found = new Map<string, SignalName>()
  for (const pair of text.split(',')) {
    const at = pair.lastIndexOf('=')
    const signal = signalNames.find((name) => name === pair.slice(at + 1))
    if (at < 1 || !signal) {
      throw new InvalidArgumentError(
        `expected CHANNEL=SIGNAL with one of ${signalNames.join(', ')}, received "${pair}"`,
      )
    }
    found.set(pair.slice(0, at), signal)
  }
  return found
}

/** `timestamp`, or `timer=ms`: the column of times in a CSV file, and its unit. */
export function timeArgument(text: string): TimeColumn {
  const at = text.lastIndexOf('=')
  if (at < 0) return { column: text }
  const unit = timeUnits.find((name) => name === text.slice(at + 1))
  if (unit && at > 0) return { column: text.slice(0, at), unit }
  throw new InvalidArgumentError(
    `expected COLUMN or COLUMN=UNIT with one of ${timeUnits.join(', ')}, received "${text}"`,
  )
}

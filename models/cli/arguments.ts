import { InvalidArgumentError } from 'commander'

export function splitList(text: string): string[] {
  return text.split(',').filter((part) => part !== '')
}

export function wholeNumber(text: string): number {
  return upTo(Number.MAX_SAFE_INTEGER, text)
}

/** Of wearers, days or hours: what could at all be simulated. */
export function amount(text: string): number {
  return upTo(1_000_000, text)
}

/** Of simulated wearers in a training, each part of which has a thousand seeds of its own: more would be learnt from and judged on. */
export function simulatedWearers(text: string): number {
  return upTo(1000, text)
}

function upTo(most: number, text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= most) return Number(text)
  throw new InvalidArgumentError(`expected a whole number up to ${most}, received ${text}`)
}

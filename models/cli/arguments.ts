import { InvalidArgumentError } from 'commander'

export function splitList(text: string): string[] {
  return text.split(',').filter((part) => part !== '')
}

export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError(`expected a whole number, received ${text}`)
  return Number(text)
}

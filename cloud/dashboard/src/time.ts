import { texts } from './texts.ts'

/** How long before `now` (ms since the epoch) an instant (ISO 8601) was, in words. */
export function ago(at: string, now: number): string {
  const seconds = Math.floor((now - Date.parse(at)) / 1000)
  if (seconds < 1) return texts.now
  if (seconds < 60) return texts.ago(seconds, 's')
  if (seconds < 3600) return texts.ago(Math.floor(seconds / 60), 'min')
  if (seconds < 48 * 3600) return texts.ago(Math.floor(seconds / 3600), 'h')
  return texts.ago(Math.floor(seconds / 86_400), 'd')
}

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
})

/** An instant in the reader's time zone: the clock alone for the same day as `now`, with the day otherwise. */
export function absolute(at: string | number, now: number): string {
  const date = new Date(at)
  return date.toDateString() === new Date(now).toDateString() ? clock.format(date) : dayAndClock.format(date)
}

/** Puts instants inside a sentence of the server into the reader's time zone. */
export function localised(text: string, now: number): string {
  return text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (at) => `${absolute(at, now)} (${ago(at, now)})`)
}

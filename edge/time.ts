/** Gateway time as text: µs since the epoch → ISO 8601 UTC with milliseconds. */
export function isoOf(micros: number): string {
  const millis = Math.floor(micros / 1000)
  // Many wearers' summaries of one second in a row.
  if (millis !== latest.millis) latest = { millis, iso: new Date(millis).toISOString() }
  return latest.iso
}

let latest = { millis: NaN, iso: '' }

/** ISO 8601 → integer µs since the epoch. */
export function microsOf(iso: string): number {
  return Date.parse(iso) * 1000
}

/** The wall clock, integer µs since the epoch. */
export function wallClock(): number {
  return Date.now() * 1000
}

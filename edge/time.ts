/** Gateway time as text: µs since the epoch → ISO 8601 UTC with milliseconds. */
export function isoOf(micros: number): string {
  return new Date(Math.floor(micros / 1000)).toISOString()
}

/** ISO 8601 → integer µs since the epoch. */
export function microsOf(iso: string): number {
  return Date.parse(iso) * 1000
}

/** The wall clock, integer µs since the epoch. */
export function wallClock(): number {
  return Date.now() * 1000
}

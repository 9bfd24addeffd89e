import type { Live } from './live.ts'

/** Gateways forget within 30 s who does not say again that they listen, ms. */
const repeatMillis = 10_000
const lookMillis = 1000

/**
 * Tells the gateways how many people have the dashboard open who can answer an alarm: at once when that changes, and again and again.
 *
 * @returns ends it and says that nobody is there any more
 */
export function announceListeners(live: Pick<Live, 'announce'>, people: () => number): () => void {
  let told = 0
  let toldAt = -Infinity
  const look = (now: number): void => {
    const count = people()
    if (count === told && (count === 0 || now - toldAt < repeatMillis)) return
    told = count
    toldAt = now
    live.announce(count)
  }
  const timer = setInterval(() => look(performance.now()), lookMillis)
  return () => {
    clearInterval(timer)
    if (told > 0) live.announce(0)
  }
}

import { performance } from 'node:perf_hooks'

/**
 * Bytes that a run leaves on the heap: the growth over some runs less that over none, the least of several tries, as other parts
 * of the process also use it.
 * @throws Error where an object more a run would not have been seen.
 */
export function garbage(run: () => void): number {
  const runs = runsWithin(run, 20)
  const left = growth(run, runs)
  const kept: { value?: object } = {}
  const control = growth(() => {
    run()
    kept.value = { run }
  }, runs)
  if (!(control > left)) {
    throw new Error(
      `garbage: expected more than ${left} bytes of ${runs} runs that leave an object, received ${control}`,
    )
  }
  return Math.max(0, left - growth(() => {}, runs)) / runs
}

function growth(run: () => void, runs: number): number {
  let least = Infinity
  for (let attempt = 0; attempt < 12; attempt++) {
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < runs; i++) run()
    const bytes = process.memoryUsage().heapUsed - before
    // Below zero the collector has come between.
    if (bytes >= 0) least = Math.min(least, bytes)
  }
  return least
}

/** 10 to 5000. */
function runsWithin(run: () => void, millis: number): number {
  const began = performance.now()
  let runs = 0
  while (runs < 5000 && (runs < 10 || performance.now() - began < millis)) {
    run()
    runs++
  }
  return runs
}

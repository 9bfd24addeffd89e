/**
 * Resolves when the process is asked to stop: Ctrl-C, SIGTERM, the end of the process that started it, or after
 * `seconds`.
 */
export function untilStopped(seconds?: number): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve())
    if (process.connected) process.on('disconnect', () => resolve())
    if (seconds !== undefined) setTimeout(resolve, seconds * 1000)
  })
}

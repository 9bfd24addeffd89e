/**
 * Resolves when the process is asked to stop: Ctrl-C, SIGTERM, the end of the process that started it, or after
 * `seconds`.
 */
export function untilStopped(seconds?: number): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      // An open channel to the process that started this one would keep this one alive.
      if (process.connected) process.disconnect()
      resolve()
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
    if (process.connected) process.on('disconnect', resolve)
    // It was started with a channel that is closed by now: whoever started it has gone.
    else if (process.send !== undefined || process.env['NODE_CHANNEL_FD'] !== undefined) resolve()
    if (seconds !== undefined) setTimeout(stop, seconds * 1000)
  })
}

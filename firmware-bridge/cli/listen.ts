import type { PortItem } from '../port/portItem.ts'
import type { PortOptions } from '../port/portOptions.ts'
import { openPort } from '../port/portReader.ts'

/**
 * Gives every item of a port to `take` until Ctrl-C, SIGTERM, SIGHUP, the end of the process that started this one, or `seconds`.
 *
 * @throws Error if the port cannot be opened the first time, or what `take` throws; later it is opened again without end
 */
export async function listen(
  options: PortOptions,
  seconds: number | undefined,
  take: (item: PortItem) => void,
): Promise<'complete' | 'interrupted'> {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'] as const
  let timer: NodeJS.Timeout | undefined
  let interrupted = (): void => undefined
  try {
    return await new Promise((resolve, reject) => {
      let opened = false
      const subscription = openPort(options).subscribe((item) => {
        if (item.kind === 'state' && !item.connected && !opened) return fail(new Error(item.detail))
        if (!opened && seconds !== undefined) timer = setTimeout(() => end('complete'), seconds * 1000)
        opened = true
        try {
          take(item)
        } catch (error) {
          fail(error as Error)
        }
      })
      const end = (how: 'complete' | 'interrupted'): void => {
        subscription.unsubscribe()
        resolve(how)
      }
      const fail = (error: Error): void => {
        subscription.unsubscribe()
        reject(error)
      }
      interrupted = () => end('interrupted')
      for (const signal of signals) process.once(signal, interrupted)
    })
  } finally {
    clearTimeout(timer)
    for (const signal of signals) process.off(signal, interrupted)
  }
}

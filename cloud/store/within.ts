/**
 * Rejects where `work` takes longer than `milliseconds`, or once `end` is aborted. The `influx` client never settles when a
 * server ends in the middle of its answer, so waiting needs a limit of its own.
 */
export async function within<T>(milliseconds: number, who: string, work: Promise<T>, end: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  let ended = (): void => undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${who}: expected an answer within ${milliseconds} ms, received none`)),
      milliseconds,
    )
    ended = () => reject(new Error(`${who}: the store was stopped before the answer`))
    end.addEventListener('abort', ended)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    end.removeEventListener('abort', ended)
  }
}

/**
 * Rejects where `work` takes longer than `milliseconds`. The `influx` client never settles when a server ends in the
 * middle of its answer, so waiting needs a limit of its own.
 */
export async function within<T>(milliseconds: number, who: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${who}: expected an answer within ${milliseconds} ms, received none`)),
      milliseconds,
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

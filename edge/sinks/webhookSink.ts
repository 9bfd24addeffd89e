import { createHmac } from 'node:crypto'
import { RefusedForGood, type Sink, type Stored } from '../messages.ts'
import type { WebhookSinkConfig } from './sinkSchema.ts'

/** A server may ask for a pause; longer than this it is asked again all the same, ms. */
const longestPause = 300_000

/**
 * Posts each alarm revision as JSON. `idempotency-key` is id and revision, so that a server can leave out what it has taken before.
 * 2xx confirms; 408, 429, 5xx and no answer are tried again (after `retry-after`, if the server names a time); any other answer
 * means that it will never take this one.
 */
export function webhookSink({
  name,
  fromLevel,
  audience,
  url,
  headers,
  secret,
  timeoutSeconds,
}: WebhookSinkConfig): Sink {
  let notBefore = 0
  const stopped = new AbortController()
  const post = async (item: Extract<Stored, { kind: 'alarm' }>): Promise<void> => {
    if (Date.now() < notBefore) throw new Error(`${host(url)} asked to wait`)
    const body = JSON.stringify(item.alarm)
    const signature = secret && createHmac('sha256', secret).update(body).digest('hex')
    const response = await fetch(url, {
      method: 'POST',
      body,
      // Another address than the configured one must not get what a wearer's alarm says.
      redirect: 'manual',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': `${item.alarm.id}:${item.alarm.revision}`,
        ...(signature && { 'x-vital-edge-signature': `sha256=${signature}` }),
        ...headers,
      },
      signal: AbortSignal.any([AbortSignal.timeout(timeoutSeconds * 1000), stopped.signal]),
    })
    await response.body?.cancel()
    if (response.ok) return
    const said = `${host(url)} answered ${response.status}`
    const { status } = response
    if (status >= 400 && status < 500 && status !== 408 && status !== 429) throw new RefusedForGood(said)
    notBefore = Date.now() + pauseOf(response.headers.get('retry-after'))
    throw new Error(said)
  }
  return {
    name,
    takes: 'alarms',
    fromLevel,
    ...(audience === 'people' && { audience }),
    maxItems: 1,
    async write(items) {
      for (const item of items) if (item.kind === 'alarm') await post(item)
    },
    stop: () => {
      stopped.abort()
      return Promise.resolve()
    },
  }
}

/** Seconds or an HTTP date, as ms from now. */
function pauseOf(retryAfter: string | null): number {
  if (retryAfter === null) return 0
  const millis = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now()
  return Number.isNaN(millis) ? 0 : Math.min(longestPause, Math.max(0, millis))
}

/** Without path and query, which may hold a secret. */
function host(url: string): string {
  return new URL(url).host
}

/** What the API answers, as far as the command line looks at it. */
export interface Answer {
  wearers?: {
    id: string
    devices: string[]
    watchingSince?: string
    notWatchingBecause?: string
    coverage: number
  }[]
  devices?: {
    id: string
    gateway: string
    wearer?: string
    source: string
    lastHeardAt: string
    records: number
    lostFrames: number
  }[]
  assignments?: { device: string; wearer: string; from?: string; to?: string }[]
}

/** Speaks to the API of a running `vital-edge cloud`, or of a gateway that hosts it. */
export class ApiClient {
  private readonly url: string
  private readonly token: string | undefined

  constructor(url: string, token: string | undefined) {
    this.url = url.replace(/\/$/, '')
    this.token = token
  }

  get(path: string): Promise<Answer> {
    return this.request(path, {})
  }

  post(path: string, body: unknown): Promise<Answer> {
    return this.request(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  }

  /** @throws with the API's own `detail`, or with the address where nobody answers */
  private async request(path: string, init: RequestInit & { headers?: Record<string, string> }): Promise<Answer> {
    const authorization = this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }
    let response: Response
    try {
      response = await fetch(this.url + path, { ...init, headers: { ...init.headers, ...authorization } })
    } catch (error) {
      throw new Error(`--url: expected a running vital-edge at ${this.url}, received no answer`, { cause: error })
    }
    const body = (await response.json().catch(() => ({}))) as Answer & { detail?: string }
    if (!response.ok) throw new Error(body.detail ?? `${this.url}${path} answered ${response.status}`)
    return body
  }
}

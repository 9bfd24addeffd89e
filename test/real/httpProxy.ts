import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'

/** What a proxy does to what passes. */
export type ProxyMode =
  | { kind: 'pass' }
  /** Nobody listens at its address. */
  | { kind: 'refuse' }
  /** Each part of an answer comes so much later. */
  | { kind: 'slow'; millis: number }
  /** Answers itself, with this status. */
  | { kind: 'error'; status: number }
  /** The server gets everything; the connection ends in the middle of its answer. */
  | { kind: 'half' }

/** Stands before an HTTP server of a test and spoils its answers. */
export interface HttpProxy {
  url: string
  /** Also of connections that are there already: they end. */
  set(mode: ProxyMode): Promise<void>
  stop(): Promise<void>
}

/** Starts a proxy on a free port of the loopback address before `port`. */
export async function startHttpProxy(port: number): Promise<HttpProxy> {
  let mode: ProxyMode = { kind: 'pass' }
  const sockets = new Set<Socket>()
  const track = (socket: Socket): void => {
    sockets.add(socket)
    // The other end is killed, stopped and cut off: that is what this is for.
    socket.on('error', () => socket.destroy())
    socket.once('close', () => sockets.delete(socket))
  }
  const failing = createHttpServer((request, response) => {
    request.resume().once('end', () => {
      response.statusCode = mode.kind === 'error' ? mode.status : 503
      response.setHeader('content-type', 'application/json').end('{"error":"out of order"}')
    })
  })
  const server = createServer((client) => {
    track(client)
    if (mode.kind === 'error') return void failing.emit('connection', client)
    const upstream = connect(port, '127.0.0.1')
    track(upstream)
    client.once('close', () => upstream.destroy())
    upstream.once('close', () => client.end())
    client.pipe(upstream)
    upstream.on('data', (part: Buffer) => answer(client, part, mode))
  })
  await listen(0)
  const own = (server.address() as AddressInfo).port

  async function listen(at: number): Promise<void> {
    server.listen(at, '127.0.0.1')
    await once(server, 'listening')
  }
  const destroyAll = (): void => sockets.forEach((socket) => socket.destroy())
  return {
    url: `http://127.0.0.1:${own}`,
    async set(next) {
      mode = next
      destroyAll()
      if (next.kind === 'refuse' && server.listening) {
        server.close()
        await once(server, 'close')
      }
      if (next.kind !== 'refuse' && !server.listening) await listen(own)
    },
    async stop() {
      destroyAll()
      failing.closeAllConnections()
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
  }
}

function answer(client: Socket, part: Buffer, mode: ProxyMode): void {
  if (client.destroyed) return
  if (mode.kind === 'slow') setTimeout(() => client.destroyed || client.write(part), mode.millis)
  else if (mode.kind === 'half') client.end(part.subarray(0, part.length >> 1), () => client.destroy())
  else client.write(part)
}

import { createServer, type Server, type Socket } from 'node:net'
import { Aedes } from 'aedes'

/** A broker inside this process, for a box that has none; it keeps sessions and retained messages in memory only. */
export async function startBroker({
  host,
  port,
}: {
  host: string
  port: number
}): Promise<{ port: number; stop: () => Promise<void> }> {
  const aedes = await Aedes.createBroker()
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    aedes.handle(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE' ? new Error(`broker.port: expected a free port, ${host}:${port} is in use`) : error,
      ),
    )
    server.listen(port, host, resolve)
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async stop() {
      await new Promise<void>((resolve) => aedes.close(() => resolve()))
      // Also one that never said who it is.
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

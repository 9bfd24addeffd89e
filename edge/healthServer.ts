import fastify from 'fastify'

/** `/healthz` alone, for a gateway whose dashboard runs elsewhere. */
export async function startHealthServer(
  { host, port }: { host: string; port: number },
  report: () => object,
): Promise<{ url: string; stop(): Promise<void> }> {
  const app = fastify({ forceCloseConnections: true })
  app.get('/healthz', () => report())
  const url = await app.listen({ host, port })
  return { url, stop: () => app.close() }
}

import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { loginPage, loginSecurityPolicy } from './page.ts'
import { check, Problem } from './problem.ts'
import type { Access } from './security.ts'

const body = z.object({ token: z.string().min(1).max(1000) })

/** `/api/session`: trades a token for a session cookie, for the plain form and for JSON; tells who is logged in. */
export function addSession(app: FastifyInstance, access: Access, secure: boolean): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, form, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(form)))),
  )
  app.post('/api/session', (request, reply) => {
    const { token } = check(body, request.body, 'body')
    const opened = access.open(token, request.ip, secure)
    request.caller = opened?.caller
    const cookie = opened?.cookie
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false
    if (cookie !== undefined) void reply.header('Set-Cookie', cookie)
    if (isForm) return cookie === undefined ? sendLogin(reply, true) : reply.redirect('/', 303)
    if (cookie === undefined) throw new Problem(401, 'unauthorized', 'body.token: expected the token, received another')
    return reply.send({ ok: true, ...opened?.caller })
  })
  app.get('/api/session', { config: { role: 'viewer' } }, (request) => ({ ok: true, ...request.caller }))
}

/** The form, in place of the page that whoever asks may not see. */
export function sendLogin(reply: FastifyReply, wrong: boolean): FastifyReply {
  return reply
    .status(401)
    .type('text/html; charset=utf-8')
    .header('Content-Security-Policy', loginSecurityPolicy)
    .send(loginPage(wrong))
}

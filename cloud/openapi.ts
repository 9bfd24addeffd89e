import { z } from 'zod'
import { mayActAs, roles } from './roles.ts'
import type { Route, Routes } from './route.ts'

/** What every route may answer besides. */
export const problemSchema = z.object({ error: z.string(), detail: z.string() })

const problems = {
  '400': 'what was sent is not as expected; `detail` names what, where',
  '401': 'no token and no session',
  '403': 'the role of the token does not allow it',
  '404': 'nothing of that name',
  '409': 'it cannot be done as things stand',
  '429': 'too many requests; `Retry-After` says in how many seconds to try again',
  '503': 'the server could not do it now',
  '504': 'a gateway did not answer',
}

/** An OpenAPI 3.1 document of these routes, made of the schemas that check what they get. */
export function openApi(routes: Routes): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = route.url.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Vital Edge', version: '1', description: 'Not a medical device.' },
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'vital-edge-session' },
      },
      schemas: { Problem: jsonSchema(problemSchema) },
    },
    security: [{ token: [] }, { session: [] }],
    paths,
  }
}

function operation({ method, url, role, summary, params, query, body, answer }: Route): object {
  const named = [...url.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
  const path = properties(params)
  const asked = properties(query)
  return {
    summary,
    description: `For ${roles.filter((each) => mayActAs(each, role)).join(', ')}.`,
    'x-role': role,
    operationId: `${method.toLowerCase()}${url.replace(/^\/api/, '').replace(/[/:-]+(\w)/g, (_all, letter: string) => letter.toUpperCase())}`,
    parameters: [
      ...named.map((name) => ({ name, in: 'path', required: true, schema: path.of[name] ?? { type: 'string' } })),
      ...Object.entries(asked.of).map(([name, schema]) => ({
        name,
        in: 'query',
        required: asked.required.includes(name),
        schema,
      })),
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(body) } } } }),
    responses: {
      '200': { description: 'Done', content: content(answer) },
      ...Object.fromEntries(
        Object.entries(problems).map(([status, description]) => [
          status,
          { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } } },
        ]),
      ),
    },
  }
}

function content(answer: Route['answer']): object {
  return typeof answer === 'string'
    ? { [answer]: { schema: { type: 'string' } } }
    : { 'application/json': { schema: jsonSchema(answer) } }
}

function properties(schema: z.ZodType | undefined): { of: Record<string, object>; required: string[] } {
  const { properties: of = {}, required = [] } = (schema === undefined ? {} : jsonSchema(schema)) as {
    properties?: Record<string, object>
    required?: string[]
  }
  return { of, required }
}

/** As it is on the wire: before defaults and conversions. */
function jsonSchema(schema: z.ZodType): object {
  return Object.fromEntries(
    Object.entries(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })).filter(
      ([key]) => key !== '$schema',
    ),
  )
}

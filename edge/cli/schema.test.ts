import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { format, resolveConfig } from 'prettier'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { requestSchema, topics } from '../messages.ts'
import { topicPage, topicTable } from '../topicTable.ts'
import { registerSchema } from './schema.ts'

const page = fileURLToPath(new URL('../topics.md', import.meta.url))
const [begin, end] = ['with -u -->\n', '<!-- end -->']

function said(...args: string[]): string {
  const parts: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => parts.push(String(text)) > 0)
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined })
  registerSchema(program)
  program.parse(['node', 'vital-edge', 'schema', ...args])
  return parts.join('')
}

interface Document {
  schemaVersion: number
  topics: { topic: string; message: string }[]
  messages: Record<string, Parameters<typeof z.fromJSONSchema>[0]>
}

// npx vitest run --config test/vitest.config.ts edge/cli/schema.test.ts -u   writes the table in topics.md anew.
describe('vital-edge schema', () => {
  afterEach(() => void vi.restoreAllMocks())

  it('is the table in topics.md', async () => {
    const text = readFileSync(page, 'utf8')
    const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)]
    const options = await resolveConfig(page)
    const table = await format(said(), { ...options, parser: 'markdown' })
    await expect(`${text.slice(0, from)}\n${table}\n${text.slice(to)}`).toMatchFileSnapshot(page)
  })

  it('has every topic that there is, with a schema that stands for itself', () => {
    const { topics: listed, messages, schemaVersion } = JSON.parse(said('--json')) as Document
    const all = Object.values(topics('<base>', '<gateway>')).map((topic) =>
      typeof topic === 'string' ? topic : topic('<x>'),
    )
    const blank = (topic: string): string => topic.replace(/(<base>\/<gateway>.*)<\w+>/, '$1<x>')
    expect(listed.map(({ topic }) => blank(topic)).sort()).toEqual(all.sort())
    expect(schemaVersion).toBe(1)
    for (const { message } of listed) expect(messages[message]).toMatchObject({ $id: `vital-edge/1/${message}` })
    expect(messages['devicePayload']).toHaveProperty('$defs')
  })

  it('means by a JSON Schema what the gateway checks', () => {
    const { messages } = JSON.parse(said('--json')) as Document
    const request = z.fromJSONSchema(messages['request']!)
    const shelve = {
      schemaVersion: 1,
      requestId: 'r-1',
      action: 'shelve',
      wearer: 'w-1',
      code: 'spo2-low',
      seconds: 60,
      by: 'A',
      why: 'known',
    }
    const tries = [shelve, { ...shelve, seconds: 0 }, { ...shelve, code: 'x' }, { ...shelve, schemaVersion: 2 }, {}]
    const verdicts = tries.map((one) => [request.safeParse(one).success, requestSchema.safeParse(one).success])
    expect(verdicts).toEqual([[true, true], ...Array.from({ length: 4 }, () => [false, false])])
  })

  it('gives one schema by name, and says which there are', () => {
    expect(JSON.parse(said('alarm'))).toMatchObject({ $id: 'vital-edge/1/alarm', type: 'object' })
    expect(() => said('alarms')).toThrow(/expected one of heartbeat, health, .*, received "alarms"/)
    expect(topicPage().split('\n')).toHaveLength(topicTable.length + 2)
  })
})

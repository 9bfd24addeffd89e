import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { cloudConfigSchema } from './config.ts'

const example = readFileSync(new URL('./cloud.example.yaml', import.meta.url), 'utf8')
const least = { schemaVersion: 1, mqtt: { url: 'mqtt://127.0.0.1' }, store: { kind: 'embedded', file: 'store.db' } }
const paths = (value: unknown) =>
  cloudConfigSchema.safeParse(value).error?.issues.map(({ path, code }) => `${path.join('.')}: ${code}`)

describe('the configuration of the cloud', () => {
  it('takes the example, which names every option', () => {
    const config = cloudConfigSchema.parse(parse(example))
    expect(Object.keys(config)).toEqual(Object.keys(cloudConfigSchema.shape))
    expect(Object.keys(config.http)).toEqual(['host', 'port', 'token', 'tokens', 'audit', 'tls'])
    expect(Object.keys(config.mqtt)).toEqual(['url', 'username', 'password', 'base'])
    expect(Object.keys(config.store)).toEqual(['kind', 'url', 'database', 'username', 'password'])
  })

  it('fills in what may be left out, on the loopback address', () => {
    expect(cloudConfigSchema.parse(least)).toMatchObject({
      http: { host: '127.0.0.1', port: 8080 },
      mqtt: { base: 'vital-edge' },
      silentAfterSeconds: 20,
    })
  })

  it.each([
    [{ ...least, http: { port: 'x' } }, 'http.port: invalid_type'],
    [{ ...least, http: { prot: 1 } }, 'http: unrecognized_keys'],
    [{ ...least, http: { host: '0.0.0.0' } }, 'http.token: custom'],
    [{ ...least, http: { token: 'short' } }, 'http.token: too_small'],
    [{ ...least, mqtt: { url: 'http://127.0.0.1' } }, 'mqtt.url: invalid_format'],
    [{ ...least, mqtt: { url: 'mqtt://x', base: 'a/+/b' } }, 'mqtt.base: invalid_format'],
    [{ ...least, store: { kind: 'influx', url: 'nowhere' } }, 'store.url: invalid_format'],
    [{ ...least, store: { kind: 'file' } }, 'store.kind: invalid_union'],
    [{ ...least, schemaVersion: 2 }, 'schemaVersion: invalid_value'],
    [{ ...least, extra: 1 }, ': unrecognized_keys'],
  ])('refuses %j by its path', (value, path) => {
    expect(paths(value)).toEqual([path])
  })
})

import { fileURLToPath } from 'node:url'
import { format, resolveConfig } from 'prettier'
import { expect, it } from 'vitest'
import { jsonPayloadSchema } from './jsonSchema.ts'

const file = fileURLToPath(new URL('../json-payload.schema.json', import.meta.url))

// npx vitest run --config test/vitest.config.ts firmware-bridge/decoders/jsonSchema.test.ts -u   writes the file anew.
it('stands as a JSON Schema in json-payload.schema.json, as the decoder checks it', async () => {
  const options = await resolveConfig(file)
  await expect(await format(JSON.stringify(jsonPayloadSchema()), { ...options, parser: 'json' })).toMatchFileSnapshot(
    file,
  )
})

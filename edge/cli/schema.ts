import { InvalidArgumentError, type Command } from 'commander'
import { jsonPayloadSchema } from '../../firmware-bridge/decoders/jsonSchema.ts'
import { topicDocument, topicPage } from '../topicTable.ts'

export function registerSchema(program: Command): void {
  const document = topicDocument(jsonPayloadSchema())
  const known = Object.keys(document.messages)
  program
    .command('schema')
    .description('what goes over MQTT: topics, and the JSON Schema of each message')
    .argument('[message]', `its JSON Schema alone: ${known.join(', ')}`, (name: string) => {
      if (!Object.hasOwn(document.messages, name))
        throw new InvalidArgumentError(`expected one of ${known.join(', ')}, received "${name}"`)
      return name
    })
    .option('--json', 'topics and schemas as one JSON object')
    .addHelpText('after', '\nExample:\n  $ vital-edge schema alarm > alarm.schema.json')
    .action((message: string | undefined, { json }: { json?: boolean }) => {
      if (message !== undefined) print((document.messages as Record<string, object>)[message])
      else if (json === true) print(document)
      else process.stdout.write(`${topicPage()}\n`)
    })
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

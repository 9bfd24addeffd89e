import type { Sink } from '../messages.ts'
import { commandSink } from './commandSink.ts'
import { fileSink } from './fileSink.ts'
import type { SinkConfig } from './sinkSchema.ts'
import { webhookSink } from './webhookSink.ts'

/** The destinations that the configuration names; none connects before it has something to write. */
export function openSinks(configs: readonly SinkConfig[]): Sink[] {
  return configs.map((config) => {
    switch (config.kind) {
      case 'file':
        return fileSink(config)
      case 'webhook':
        return webhookSink(config)
      case 'command':
        return commandSink(config)
    }
  })
}

import type { Command } from 'commander'
import { Option } from 'commander'
import { speedArgument, startArgument, topicArgument, unsignedArgument, wireArgument } from './arguments.ts'
import type { WireOptions } from './wire/openWire.ts'
import type { EncodingName } from './wire/encoding.ts'
import { encodingNames } from './wire/encoding.ts'
import { defaultTopic } from './wire/mqttWire.ts'
import type { Speed } from './wire/pace.ts'
import { defaultBaudRate } from './wire/serialWire.ts'

/** The options of every command that sends. */
export interface WireFlags {
  to: string
  speed: Speed
  as: EncodingName
  topic?: string
  qos: '0' | '1'
  baud: number
  start: number | 'auto'
  json?: true
}

export const exitCodes = '\nExit code 0: done or interrupted; 1: failed; 2: wrong use.'

/** `to`: whether commander asks for `--to`, or the command itself does where it needs one. */
export function withWireOptions(command: Command, to: 'mandatory' | 'asked-for-later' = 'mandatory'): Command {
  const places = 'mqtt://host[:port], serial:PATH, serial: (makes a pseudo terminal) or file:PATH'
  return command
    .addOption(new Option('--to <url>', places).argParser(wireArgument).makeOptionMandatory(to === 'mandatory'))
    .option('--speed <n>', 'times as fast as life, 0.1 to 10000, or "max"', speedArgument, 1)
    .addOption(new Option('--as <format>', 'what records become on the wire').choices(encodingNames).default('frame'))
    .option('--topic <pattern>', `MQTT topic (default: "${defaultTopic('frame')}")`, topicArgument)
    .addOption(new Option('--qos <n>', 'MQTT quality of service').choices(['0', '1']).default('1'))
    .option('--baud <n>', 'serial line', unsignedArgument, defaultBaudRate)
    .option('--start <time>', 'time of day at the beginning, ISO 8601, or "auto"', startArgument, 'auto')
    .option('--json', 'a summary as one JSON object at the end')
}

/** What `onWire` takes of them. */
export function wireOf({ to, speed, as, topic = defaultTopic(as), qos, baud, json }: WireFlags) {
  const wireOptions: WireOptions = { topic, qos: qos === '0' ? 0 : 1, baudRate: baud }
  return { to, speed, as, json: json === true, wireOptions }
}

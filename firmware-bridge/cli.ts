import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Option } from 'commander'
import type { Command } from 'commander'
import { decodedLine } from './decodedLine.ts'
import type { Decoder, DecoderName } from './decoders.ts'
import { decoderNames, decoders } from './decoders.ts'
import type { Decoded } from './records.ts'

interface DecodeOptions {
  format: DecoderName
  hex?: string
  json?: true
}

const example = `
Examples:
  $ vital-edge decode --format frame --json --hex \\
      "04 01 03 02 01 01 08 01 ee ff c0 e0 f1 1e 01 01 01 01 03 06 01 01 07 7a 42 68 9a f7 1f 00"
  $ vital-edge decode --format frame capture.bin

Exit code 0: everything was read; 1: something was not (an "error" line says what); 2: wrong use.`

/** Adds the bridge's subcommands to `program`. `write` takes whole lines. */
export function registerBridgeCommands(
  program: Command,
  write: (line: string) => void = (line) => process.stdout.write(line),
): void {
  program
    .command('decode')
    .description('print the records in a file or hex string, one line each')
    .argument('[file]', 'bytes as a device sent them')
    .addOption(new Option('--format <name>', 'how to read them').choices(decoderNames).default('frame'))
    .option('--hex <hex>', 'the bytes themselves instead of a file; blanks and colons are ignored')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', example)
    .action(async (file: string | undefined, options: DecodeOptions, command: Command) => {
      let errors = 0
      const print = (records: Decoded[]) => {
        for (const record of records) {
          if (record.kind === 'fault') errors++
          const line = decodedLine(record)
          write(`${options.json ? JSON.stringify(line) : plain(line)}\n`)
        }
      }
      const decoder: Decoder = decoders[options.format]
      if ((file === undefined) === (options.hex === undefined))
        command.error('decode: expected either a file or --hex', { exitCode: 2 })
      if (options.hex !== undefined) {
        const bytes = fromHex(options.hex)
        if (bytes === undefined) command.error('--hex: expected pairs of hexadecimal digits', { exitCode: 2 })
        else print(decoder.messages()(bytes))
      } else if (file !== undefined) {
        try {
          await decodeFile(file, decoder, print)
        } catch (error) {
          // Not `command.error`, which shows how to use it: it was used rightly.
          process.stderr.write(`decode: ${error instanceof Error ? error.message : String(error)}\n`)
          process.exitCode = 1
        }
      }
      if (errors > 0) process.exitCode = 1
    })
}

/** Reads a file of any length where the format is a stream, else the file as one payload. */
async function decodeFile(file: string, decoder: Decoder, print: (records: Decoded[]) => void) {
  const stream = decoder.stream?.()
  if (stream === undefined) return print(decoder.messages()(await readFile(file)))
  for await (const chunk of createReadStream(file)) print(stream.push(chunk as Uint8Array))
  print(stream.flush())
}

/** The bytes of a hex string, or undefined where it is none. */
function fromHex(text: string): Uint8Array | undefined {
  const digits = text.replace(/[\s:]/g, '')
  return /^([0-9a-f]{2})+$/i.test(digits) ? Buffer.from(digits, 'hex') : undefined
}

/** For people: the same fields without the punctuation. */
function plain(line: object): string {
  return Object.entries(line)
    .map(([name, value]) => (name === 'kind' ? String(value) : `${name}=${JSON.stringify(value)}`))
    .join('  ')
}

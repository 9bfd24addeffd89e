import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Option, type Command } from 'commander'
import { isCapture, readCapture } from '../capture.ts'
import { decodedLine } from '../decodedLine.ts'
import { decoderNames, decoders, type Decoder, type DecoderName, type LineDecoder } from '../decoders.ts'
import { encodedPayload } from '../encodedPayload.ts'
import type { Decoded } from '../records.ts'
import { decodeText, payloadEncodings, type PayloadEncoding } from '../textEncodings.ts'
import { beginsAsJson, jsonPayloads } from './decodeLines.ts'
import { failed } from './failed.ts'
import { listen } from './listen.ts'
import { addPortFlags, portOptionsOf, type PortFlags } from './portFlags.ts'

interface DecodeFlags extends PortFlags {
  format: DecoderName
  hex?: string
  encoding: PayloadEncoding
  json?: true
}

/** Prints records as they come. */
type Print = (records: Decoded[]) => void

const example = `
Examples:
  $ vital-edge decode --format frame --json --hex \\
      "04 01 03 02 01 01 08 01 ee ff c0 e0 f1 1e 01 01 01 01 03 06 01 01 07 7a 42 68 9a f7 1f 00"
  $ vital-edge decode --format frame capture.bin
  $ vital-edge decode --format json payloads.jsonl
  $ vital-edge decode --format ble-heart-rate --encoding base64 message.txt
  $ vital-edge decode --port /dev/ttyUSB0 --baud 115200 --seconds 10

Exit code 0: everything was read; 1: something was not (an "error" line says what); 2: wrong use.`

export function registerDecode(program: Command, write: (line: string) => void): void {
  const command = program
    .command('decode')
    .description('print the records in a file, capture or hex string, or from a serial port, one line each')
    .argument('[file]', 'bytes as a device sent them, or a capture (vital-edge record)')
    .addOption(new Option('--format <name>', 'how to read them').choices(decoderNames).default('frame'))
    .option('--hex <hex>', 'the bytes themselves instead of a file; blanks, colons and dashes are ignored')
    .addOption(
      new Option('--encoding <how>', 'how the bytes were put into the file')
        .choices(payloadEncodings)
        .default('binary'),
    )
    .option('--json', 'one JSON object a line')
  addPortFlags(command)
    .addHelpText('after', example)
    .action(async (file: string | undefined, flags: DecodeFlags) => {
      let errors = 0
      const print: Print = (records) => {
        for (const record of records) {
          if (record.kind === 'fault') errors++
          const line = decodedLine(record)
          write(`${flags.json ? JSON.stringify(line) : plain(line)}\n`)
        }
      }
      const decoder: Decoder = decoders[flags.format]
      if ([file, flags.hex, flags.port].filter((input) => input !== undefined).length !== 1)
        command.error('decode: expected either a file, --hex or --port', { exitCode: 2 })
      const bytes = flags.hex === undefined ? undefined : decodeText('hex', Buffer.from(flags.hex))
      if (bytes !== undefined && (!(bytes instanceof Uint8Array) || bytes.length === 0))
        command.error(`--hex: ${'detail' in bytes ? bytes.detail : 'expected pairs of hexadecimal digits'}`, {
          exitCode: 2,
        })
      const { port } = flags
      if (port !== undefined && decoder.stream === undefined)
        command.error(`--port: expected the format of a byte stream, received "${flags.format}"`, { exitCode: 2 })
      try {
        if (bytes instanceof Uint8Array) print(decoder.messages()(bytes))
        else if (port !== undefined && decoder.stream !== undefined)
          await decodePort(port, flags, decoder.stream, print)
        else if (file !== undefined) await decodeFile(file, decoder, flags.encoding, print)
      } catch (error) {
        failed('decode', error)
      }
      if (errors > 0) process.exitCode = 1
    })
}

/** Reads a file of any length where the format is a stream, JSON a payload a line, else the file as one payload. */
async function decodeFile(file: string, decoder: Decoder, encoding: PayloadEncoding, print: Print): Promise<void> {
  if (encoding !== 'binary') return print(encodedPayload(encoding, decoder.messages())(await readFile(file)))
  if (await isCapture(file)) return decodeCapture(file, decoder, print)
  if (decoder === decoders.json) {
    const decode = decoder.messages()
    for await (const { bytes } of jsonPayloads(file)) print(decode(bytes))
    return
  }
  if (decoder === decoders.frame && (await beginsAsJson(file)))
    throw new Error(`${file}: expected frames, received text that begins as JSON: try --format json`)
  const stream = decoder.stream?.()
  if (stream === undefined) return print(decoder.messages()(await readFile(file)))
  for await (const chunk of createReadStream(file)) print(stream.push(chunk as Uint8Array))
  print(stream.flush())
}

/** The same for a capture; a new line begins where it was broken, and a frame at its end may be cut off. */
async function decodeCapture(file: string, decoder: Decoder, print: Print): Promise<void> {
  const chunks = readCapture(file, (what) => process.stderr.write(`decode: ${what}\n`))
  if (decoder.stream === undefined) {
    const payload: Uint8Array[] = []
    for await (const { bytes } of chunks) payload.push(bytes)
    return print(decoder.messages()(Buffer.concat(payload)))
  }
  // The end of a frame that was cut off is no frame; other formats hold whole readings back.
  const end = (line: LineDecoder) => decoder !== decoders.frame && print(line.flush())
  let stream = decoder.stream()
  for await (const { bytes, broken } of chunks)
    if (broken === undefined) print(stream.push(bytes))
    else {
      end(stream)
      stream = decoder.stream()
    }
  end(stream)
}

async function decodePort(path: string, flags: DecodeFlags, start: () => LineDecoder, print: Print): Promise<void> {
  let stream = start()
  await listen(portOptionsOf(path, flags), flags.seconds, (item) => {
    if (item.kind === 'chunk') return print(stream.push(item.bytes))
    stream = start()
    if (item.detail !== undefined) process.stderr.write(`decode: ${item.detail}\n`)
  })
}

/** For people: the same fields without the punctuation. */
function plain(line: object): string {
  return Object.entries(line)
    .map(([name, value]) => (name === 'kind' ? String(value) : `${name}=${JSON.stringify(value)}`))
    .join('  ')
}

import { InvalidArgumentError, Option, type Command } from 'commander'
import { defaultPortOptions, type LineSettings, type PortOptions } from '../port/portOptions.ts'

/** How a command is told which port to read. */
export interface PortFlags {
  port?: string
  baud: number
  line: Pick<LineSettings, 'dataBits' | 'parity' | 'stopBits'>
  seconds?: number
}

const eightNOne = { dataBits: 8, parity: 'none', stopBits: 1 } as const

/** Adds `--port`, `--baud`, `--line` and `--seconds`. */
export function addPortFlags(command: Command): Command {
  return command
    .option('--port <path>', 'serial port (see: vital-edge ports)')
    .option('--baud <n>', 'bits a second', numberFrom(300, 4_000_000, 'a whole number'), defaultPortOptions.baudRate)
    .addOption(
      new Option('--line <form>', 'data bits, parity, stop bits: 8N1, 8O1, 7E1, …')
        .argParser(lineForm)
        .default(eightNOne, '8N1'),
    )
    .option('--seconds <n>', 'end after so long (default: at Ctrl-C)', numberFrom(0.1, 1e9, 'a number'))
}

export function portOptionsOf(path: string, { baud, line }: PortFlags): PortOptions {
  return { ...defaultPortOptions, ...line, path, baudRate: baud }
}

function lineForm(text: string): PortFlags['line'] {
  const [, bits, letter, stop] = /^([5-8])([NEO])([12])$/i.exec(text) ?? []
  if (bits === undefined) throw new InvalidArgumentError(`expected a form such as 8N1 or 8O1, received "${text}"`)
  const parity = ({ N: 'none', E: 'even', O: 'odd' } as const)[letter?.toUpperCase() as 'N' | 'E' | 'O']
  return { dataBits: Number(bits) as LineSettings['dataBits'], parity, stopBits: Number(stop) as 1 | 2 }
}

function numberFrom(least: number, most: number, what: 'a number' | 'a whole number'): (text: string) => number {
  return (text) => {
    const value = Number(text)
    const fits = text.trim() !== '' && value >= least && value <= most
    if (fits && (what === 'a number' || Number.isInteger(value))) return value
    throw new InvalidArgumentError(`expected ${what} from ${least} to ${most}, received "${text}"`)
  }
}

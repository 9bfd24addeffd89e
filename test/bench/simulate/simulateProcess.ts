import { Command } from 'commander'
import { registerSimulatorCommands } from '../../../simulators/cli.ts'

// `vital-edge simulate …` and nothing else, so that its CPU time and memory are its own.
const program = new Command('vital-edge')
registerSimulatorCommands(program)
await program.parseAsync()

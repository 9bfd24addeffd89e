import type { Command } from 'commander'
import { registerDemo } from './cli/demo.ts'
import { registerDetect } from './cli/detect.ts'
import { registerGateway } from './cli/gateway.ts'

/** `gateway`, `check-config`, `detect` and `demo`. */
export function registerEdgeCommands(program: Command): void {
  registerGateway(program)
  registerDetect(program)
  registerDemo(program)
}

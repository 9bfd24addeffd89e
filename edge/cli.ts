import type { Command } from 'commander'
import { registerDemo } from './cli/demo.ts'
import { registerDetect } from './cli/detect.ts'
import { registerGateway } from './cli/gateway.ts'
import { registerReplayEvidence } from './cli/replayEvidence.ts'
import { registerSchema } from './cli/schema.ts'

/** `gateway`, `check-config`, `detect`, `replay-evidence`, `schema` and `demo`. */
export function registerEdgeCommands(program: Command): void {
  registerGateway(program)
  registerDetect(program)
  registerReplayEvidence(program)
  registerSchema(program)
  registerDemo(program)
}

import { decodeSuite } from './decode/decode.ts'
import { detectorSuite } from './detector/detector.ts'
import { engineSuite } from './engine/engine.ts'
import { pipelineSuite } from './pipeline/pipeline.ts'
import { simulateSuite } from './simulate/simulate.ts'
import type { Suite } from './suite.ts'

/** Every suite that `npm run bench -- SUITE` knows. */
export const suites: Readonly<Record<string, Suite>> = {
  decode: decodeSuite,
  detector: detectorSuite,
  engine: engineSuite,
  pipeline: pipelineSuite,
  simulate: simulateSuite,
}

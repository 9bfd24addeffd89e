import type { Step } from '../flow.ts'
import type { Snapshotted } from '../state/keyedState.ts'

/**
 * A detector looks at what passes and adds verdicts (what it thinks of a stretch) and findings (an alarm's cause holds or
 * not). It passes every item on, raises nothing while it cannot tell, and keeps all it knows in `state`.
 */
export interface Detector extends Step {
  state: readonly Snapshotted[]
}

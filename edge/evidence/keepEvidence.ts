import type { Flow, Stage } from '../flow.ts'
import type { Alarm } from '../messages.ts'
import type { Evidence } from './evidence.ts'
import type { EvidenceRecorder } from './recorder.ts'

/** Whoever stores evidence. */
export interface EvidenceKeeper {
  /**
   * Takes an alarm's evidence twice: as soon as the alarm is raised, and again with the 20 s after it. It is packed when asked
   * for, which costs some milliseconds.
   */
  keep(alarm: Alarm, pack: () => Evidence): void
  /** Under which names evidence of an alarm is or will be stored, the earliest first. */
  filesOf(alarm: Alarm): readonly string[]
}

/** Shows the recorder each input before the pipeline takes it. What goes wrong there costs evidence, never an input. */
export function recordInputs(recorder: EvidenceRecorder): Stage {
  return (item, emit) => {
    const failure = attempt(() => recorder.before(item as Parameters<EvidenceRecorder['before']>[0]))
    if (failure !== undefined) emit(failure)
    emit(item)
  }
}

/** Shows the recorder what comes out, and writes into each alarm where its evidence lies. */
export function nameEvidence(recorder: EvidenceRecorder, keeper: Pick<EvidenceKeeper, 'filesOf'>): Stage {
  return (item, emit) => {
    if (item.kind !== 'alarm' && item.kind !== 'verdict' && item.kind !== 'vital' && item.kind !== 'beat')
      return emit(item)
    const failure = attempt(() => recorder.see(item))
    if (failure !== undefined) emit(failure)
    emit(item.kind === 'alarm' ? { kind: 'alarm', alarm: withEvidenceFiles(item.alarm, keeper) } : item)
  }
}

export function withEvidenceFiles(alarm: Alarm, keeper: Pick<EvidenceKeeper, 'filesOf'>): Alarm {
  const evidenceFiles = keeper.filesOf(alarm)
  return evidenceFiles.length === 0 ? alarm : { ...alarm, evidenceFiles: [...evidenceFiles] }
}

function attempt(act: () => void): Flow | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    return {
      kind: 'refused',
      source: '',
      device: '',
      reason: 'internal-error',
      detail: `evidence: ${String(error)}`,
    }
  }
}

import { modelSchema, parameterCount, type Model } from '../detectors/model.ts'
import type { TensorFlow } from '../training/backend.ts'
import type { Anchor, InItsPlace } from './anchor.ts'
import { fineTune, type FineTuneSettings } from './fineTune.ts'

/**
 * Parameters of an anchor whose autoencoders were tuned on scaled windows; undefined where it has none: what a baseline knows
 * of normal windows is not tuned.
 */
export function tunedParameters(
  tf: TensorFlow,
  { model, parameters, scoring }: Anchor,
  windows: readonly Float32Array[],
  settings: FineTuneSettings,
): Float32Array<ArrayBuffer> | undefined {
  const members = membersOf(model)
  if (!members.some(({ kind }) => kind === 'autoencoder')) return undefined
  const tuned = Float32Array.from(parameters)
  let offset = 0
  for (const member of members) {
    const count = parameterCount(member, scoring.mean.length)
    const own = tuned.subarray(offset, offset + count)
    if (member.kind === 'autoencoder') own.set(fineTune(tf, member.graph, own.slice(), windows, settings))
    offset += count
  }
  return tuned
}

/** The anchor, frozen, and a twin with other parameters; each is half of the score. */
export function withTwin(anchor: Anchor, parameters: Float32Array): InItsPlace {
  const members = membersOf(anchor.model)
  const both = new Float32Array(2 * parameters.length)
  both.set(anchor.parameters)
  both.set(parameters, anchor.parameters.length)
  return { model: modelSchema.parse({ kind: 'ensemble', members: [...members, ...members] }), parameters: both }
}

function membersOf(model: Model) {
  return model.kind === 'ensemble' ? model.members : [model]
}

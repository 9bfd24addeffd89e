import type { Stage } from '../flow.ts'
import { KeyedState } from '../state/keyedState.ts'
import { BeatLabels, type BeatLabelsState } from './beatLabels.ts'

export interface LabelledHeart {
  wearer: string
  labels: BeatLabels
}

export const labelledHearts = (): KeyedState<LabelledHeart> =>
  new KeyedState<LabelledHeart>({
    part: 'beat-labels',
    version: 1,
    create: () => ({ wearer: '', labels: new BeatLabels() }),
    snapshot: ({ wearer, labels }) => ({ wearer, labels: labels.snapshot() }),
    restore(saved) {
      const { labels, ...rest } = saved as Omit<LabelledHeart, 'labels'> & { labels: BeatLabelsState }
      return { ...rest, labels: BeatLabels.restore(labels) }
    },
  })

/** Labels each beat against what is usual in its wearer, for the rules of rhythm. */
export function labelBeats(hearts: KeyedState<LabelledHeart>): Stage {
  return (item, emit) => {
    if (item.kind === 'restart' || item.kind === 'handover') hearts.forget(item.device)
    if (item.kind !== 'beat') return emit(item)
    if (hearts.peek(item.device)?.wearer !== item.wearer) hearts.forget(item.device)
    const heart = hearts.of(item.device)
    heart.wearer = item.wearer
    const { kind, source, device, wearer, bootId, tick, sampledAt, beat } = item
    emit({ kind, source, device, wearer, bootId, tick, sampledAt, beat, label: heart.labels.push(beat) })
  }
}

import { describe, expect, it } from 'vitest'
import { labelBeats, labelledHearts } from '../rhythm/labelBeats.ts'
import { summarise, summaryStates } from '../stages/summaries.ts'
import { beatsAfter } from '../testing/beats.ts'
import { emitted, ofKind } from '../testing/run.ts'

describe('the burden of ectopic beats', () => {
  it('is counted in the summaries of minutes', () => {
    // One a second; wide ones every tenth, and one narrow that comes early.
    const intervals = Array.from({ length: 200 }, (_, i) => (i === 95 ? 0.6 : i === 96 ? 1.4 : 1))
    const items = beatsAfter(intervals, (i) => i >= 60 && i % 10 === 0)
    const summaries = ofKind(
      emitted(
        summarise(
          'g',
          summaryStates(() => 0),
          () => 0,
        ),
        emitted(labelBeats(labelledHearts()), items),
      ),
      'summary',
    ).map(({ summary }) => summary)
    const minutes = summaries.filter(({ spanSeconds }) => spanSeconds === 60)
    expect(minutes).toMatchObject([{ beats: 59 }, { ventricularBeats: 6, supraventricularBeats: 1 }, {}])
    expect(minutes[0]).not.toHaveProperty('ventricularBeats')
    expect(summaries.filter(({ spanSeconds }) => spanSeconds === 1).every((one) => !('ventricularBeats' in one))).toBe(
      true,
    )
  })
})

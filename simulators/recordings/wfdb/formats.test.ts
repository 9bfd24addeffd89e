import { readFileSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { recording as recordingPath, withRecordings } from '../../../test/real/programs.ts'
import { inspectRecording } from '../../inspect.ts'
import { samplesOf } from '../readAll.testing.ts'
import { openRecording } from '../recording.ts'

const { there, name } = withRecordings('wfdb-formats', 'WFDB records in many formats')
const folder = recordingPath('wfdb-formats')
const headers = there
  ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.hea'))
  : []

/** Why a record of the set cannot be read, or is not what its header says. */
const refused: Record<string, RegExp> = {
  flacformats: /flacformats\.hea: signal 0 format of flacformats\.d0: .* received 508 \(FLAC-compressed/,
  mixedsignals: /mixedsignals\.hea: signal 0 format of mixedsignals_e\.dat: .* received 516 \(FLAC-compressed/,
  'p000878-2137-10-26-16-57':
    /p000878-2137-10-26-16-57\.hea: segment 4 \(3269321_0003\): expected an existing segment, .*3269321_0003\.hea/,
}
/** Both say -57, which is the first value of the signal that these copies have left out; their checksums are right. */
const wrongInitialValue = ['test01_00s_frame', 'test01_00s_skewframe']
const readable = headers.filter((file) => !(basename(file, '.hea') in refused))

/** The checksum and initial value fields of the signal lines, read apart from the code under test. */
function stated(file: string): { initial: number; checksum: number }[] {
  const lines = readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.startsWith('#'))
  return lines.slice(1).map((line) => {
    const fields = line.split(/ +/)
    return { initial: Number(fields[5]), checksum: (Number(fields[6]) << 16) >> 16 }
  })
}

describe.skipIf(!there)(name, () => {
  test.each(readable.filter((file) => !file.endsWith('041s.hea')))(
    '%s has the checksums that it states',
    async (file) => {
      const recording = await openRecording(join(folder, file))
      const { channels, warnings } = await inspectRecording(recording)
      const isWrong = wrongInitialValue.includes(basename(file, '.hea'))
      const warning = /channel 2 \(ECG_3\) initial value: expected -57, .* received -66/
      expect(warnings ?? []).toEqual(isWrong ? [expect.stringMatching(warning)] : [])
      const expected = stated(join(folder, file))
      expect(channels.map(({ checksum }) => checksum)).toEqual(expected.map(({ checksum }) => checksum))
      const sums = await recording.checksums?.()
      // A layout has no samples.
      if (recording.durationSeconds > 0)
        expect(sums?.map(({ firstSample }) => firstSample)).toEqual(
          expected.map(({ initial }, i) => (isWrong && i === 2 ? -66 : initial)),
        )
      expect(await samplesOf(recording, 0.1)).toEqual(await samplesOf(recording, 7))
    },
  )

  test.each(Object.entries(refused))('%s is refused, and the cause is named', async (record, message) => {
    const file = headers.find((other) => basename(other, '.hea') === record) ?? ''
    await expect(openRecording(join(folder, file)).then(inspectRecording)).rejects.toThrow(message)
  })

  test('a record of fixed segments is its segments one after the other', async () => {
    const [whole, first, second] = await Promise.all(
      ['041s', '041s01', '041s02'].map((record) => openRecording(join(folder, 'multi-segment/041s', record))),
    )
    if (!whole || !first || !second) throw new Error('three records')
    const [a, b] = [await samplesOf(first), await samplesOf(second)]
    expect(await samplesOf(whole, 1.3)).toEqual(a.map((values, i) => [...values, ...(b[i] ?? [])]))
    const sums = [
      stated(join(folder, 'multi-segment/041s/041s01.hea')),
      stated(join(folder, 'multi-segment/041s/041s02.hea')),
    ]
    const total = sums[0]?.map(({ checksum }, i) => ((checksum + (sums[1]?.[i]?.checksum ?? 0)) << 16) >> 16)
    expect((await inspectRecording(whole)).channels.map(({ checksum }) => checksum)).toEqual(total)
    expect(whole).toMatchObject({ startTime: '1994-10-26T08:26:04.000', durationSeconds: 16 })
    // The folder stands for the record of its name.
    expect((await openRecording(dirname(join(folder, 'multi-segment/041s/041s')))).fingerprint).toBe(whole.fingerprint)
  })

  test('a skewed signal is moved forward against the others, and ends early', async () => {
    const plain = await samplesOf(await openRecording(join(folder, 'test01_00s')))
    const skewed = await samplesOf(await openRecording(join(folder, 'test01_00s_skew')), 0.01)
    expect(skewed[0]).toEqual(plain[0])
    expect(skewed[1]).toEqual([...(plain[1] ?? []).slice(3), NaN, NaN, NaN])
  })

  test('several samples a frame are one signal after the other', async () => {
    const plain = await samplesOf(await openRecording(join(folder, 'test01_00s')))
    const recording = await openRecording(join(folder, 'test01_00s_frame'))
    const framed = await samplesOf(recording)
    expect(recording.channels.map(({ rateHz }) => rateHz)).toEqual([500, 1000, 500])
    expect(framed[1]).toEqual(plain[1]?.flatMap((value, i) => [value, plain[2]?.[i]]))
    expect(framed[2]).toEqual(plain[3])
  })
})

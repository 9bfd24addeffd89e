import { RecordingError } from '../recordingError.ts'
import { maxRecordedSeconds } from '../recordedTime.ts'

/** Texts of one moment in an annotations signal of EDF+ (a "time-stamped annotations list", `edfplus.html` 2.2.2). */
export interface TimedTexts {
  /** From the start time in the header, s. */
  onsetSeconds: number
  durationSeconds?: number
  /** The first list of a data record begins with an empty text: its onset is where the record begins. */
  texts: string[]
}

const [durationMark, textMark] = ['\x15', '\x14']
const onset = /^[-+]\d+(\.\d*)?$/
const duration = /^\d+(\.\d*)?$/

/**
 * The lists in the bytes of an annotations signal in one data record: `+onset[0x15 duration]0x14 text 0x14 … 0x14 0x00`, then
 * zeros up to the end.
 * @throws RecordingError naming file and data record
 */
export function parseTals(file: string, record: number, bytes: Uint8Array): TimedTexts[] {
  const found: TimedTexts[] = []
  for (const list of new TextDecoder().decode(bytes).split('\0')) {
    if (list === '') continue
    const wrong = (expected: string) => {
      const shown = JSON.stringify(list.slice(0, 60))
      return new RecordingError(file, `data record ${record} annotations`, expected, shown)
    }
    if (!list.endsWith(textMark)) throw wrong('each list to end with 0x14 0x00')
    const [stamp = '', ...texts] = list.slice(0, -1).split(textMark)
    const [onsetText = '', durationText, ...more] = stamp.split(durationMark)
    if (!onset.test(onsetText)) throw wrong('an onset such as +567.5')
    if (more.length > 0 || (durationText !== undefined && !duration.test(durationText)))
      throw wrong('one duration such as 30')
    const [onsetSeconds, durationSeconds] = [Number(onsetText), Number(durationText ?? 0)]
    if (Math.abs(onsetSeconds) > maxRecordedSeconds || durationSeconds > maxRecordedSeconds)
      throw wrong(`onset and duration of at most ${maxRecordedSeconds} s`)
    found.push({ onsetSeconds, ...(durationText === undefined ? {} : { durationSeconds }), texts })
  }
  return found
}

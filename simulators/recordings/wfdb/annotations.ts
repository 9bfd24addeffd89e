import { RecordingError } from '../recordingError.ts'
import type { Annotation } from '../recording.ts'

/** Mnemonics by annotation code (`ecgcodes.h` and `annot(5)` of the WFDB software). */
const mnemonics: Record<number, string> = {
  1: 'N', 2: 'L', 3: 'R', 4: 'a', 5: 'V', 6: 'F', 7: 'J', 8: 'A', 9: 'S', 10: 'E', 11: 'j', 12: '/', 13: 'Q',
  14: '~', 16: '|', 18: 's', 19: 'T', 20: '*', 21: 'D', 22: '"', 23: '=', 24: 'p', 25: 'B', 26: '^', 27: 't',
  28: '+', 29: 'u', 30: '?', 31: '!', 32: '[', 33: ']', 34: 'e', 35: 'n', 36: '@', 37: 'x', 38: 'f', 39: '(',
  40: ')', 41: 'r',
} // prettier-ignore

/** Codes of beats, as WFDB's `isqrs`. */
export const beatCodes: ReadonlySet<string> = new Set([...'NLRaVFJASEj/Qenfr?B'])

const skip = 59
const num = 60
const sub = 61
const chn = 62
const aux = 63

/**
 * Parses an annotation file in MIT format (`annot(5)`): 16-bit words, code in the upper 6 bits, time since the annotation
 * before in the lower 10; SKIP, NUM, SUB, CHN and AUX words change what follows or what came.
 * @throws RecordingError where the file ends inside an annotation.
 */
export function parseAnnotations(file: string, bytes: Uint8Array): Annotation[] {
  const found: Annotation[] = []
  let at = 0
  let sample = 0
  let channel = 0
  let number = 0
  let last: Annotation | undefined
  const need = (length: number, field: string) => {
    if (at + length > bytes.length) {
      throw new RecordingError(file, `${field} at byte ${at}`, `${length} more bytes`, `${bytes.length - at}`)
    }
  }
  const word = () => {
    const value = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
    at += 2
    return value
  }
  for (;;) {
    need(2, 'end mark')
    const head = word()
    if (head === 0) return found
    const code = head >> 10
    const low = head & 0x3ff
    switch (code) {
      case skip:
        need(4, 'SKIP')
        // PDP-11 order: the high half first, each half with its low byte first.
        sample += (word() << 16) | word()
        break
      case num:
        number = signedByte(low)
        if (last) last.num = number
        break
      case sub:
        if (last) last.subtype = signedByte(low)
        break
      case chn:
        channel = low & 0xff
        if (last) last.channel = channel
        break
      case aux: {
        need(low + (low & 1), 'AUX')
        if (last) last.aux = new TextDecoder().decode(bytes.subarray(at, at + low)).replace(/\0+$/, '')
        at += low + (low & 1)
        break
      }
      default:
        sample += low
        last = { sample, code: mnemonics[code] ?? `[${code}]` }
        // CHN and NUM hold until they are changed; 0 is what a reader assumes anyway.
        if (channel !== 0) last.channel = channel
        if (number !== 0) last.num = number
        found.push(last)
    }
  }
}

const timeResolution = /^## time resolution: (\d+\.?\d*)$/

/**
 * The annotations counted in frames of the record: a first note `## time resolution: 1000` (WFDB 10.5) says that its file
 * counts differently, and is no annotation itself.
 * @throws RecordingError where that is no rate
 */
export function inFrames(file: string, annotations: Annotation[], frameRateHz: number): Annotation[] {
  const [first, ...others] = annotations
  const stated = first?.code === '"' && first.sample === 0 ? timeResolution.exec(first.aux ?? '') : null
  if (!stated) return annotations
  const rateHz = Number(stated[1])
  if (!(rateHz > 0 && rateHz < Infinity))
    throw new RecordingError(file, 'time resolution', 'a number > 0', JSON.stringify((stated[1] ?? '').slice(0, 60)))
  return others.map((annotation) => ({ ...annotation, sample: (annotation.sample * frameRateHz) / rateHz }))
}

function signedByte(value: number): number {
  return (value << 24) >> 24
}

import type { Annotation } from '../recordings/recording.ts'

/** Codes by mnemonic (`ecg/ecgcodes.h` of the WFDB software). */
const codes: Record<string, number> = {
  N: 1, L: 2, R: 3, a: 4, V: 5, F: 6, J: 7, A: 8, S: 9, E: 10, j: 11, '/': 12, Q: 13, '~': 14, '|': 16, s: 18, T: 19,
  '*': 20, D: 21, '"': 22, '=': 23, p: 24, B: 25, '^': 26, t: 27, '+': 28, u: 29, '?': 30, '!': 31, '[': 32, ']': 33,
  e: 34, n: 35, '@': 36, x: 37, f: 38, '(': 39, ')': 40, r: 41,
} // prettier-ignore

const skip = 59
const sub = 61
const aux = 63
const longestStep = 1023
const longestAux = 255

/**
 * An annotation file in MIT format (WFDB `annot(5)`): a 16-bit word each, code in the upper 6 bits, samples since the one
 * before in the lower 10 (a SKIP before it where they do not fit), then SUB and AUX; a zero word ends it. In order of time.
 * @throws RangeError on an unknown mnemonic, a text beyond 255 bytes or a time that runs backward.
 */
export function annotationFile(annotations: readonly Annotation[]): Uint8Array {
  const bytes: number[] = []
  const word = (value: number) => bytes.push(value & 0xff, (value >> 8) & 0xff)
  let last = 0
  for (const { sample, code, subtype, aux: text } of annotations) {
    const number = codes[code]
    if (number === undefined)
      throw new RangeError(`annotation at ${sample}: expected a WFDB mnemonic, received "${code}"`)
    const step = sample - last
    if (!(step >= 0 && step <= 0x7fffffff))
      throw new RangeError(`annotation ${code}: expected a sample from ${last} on, received ${sample}`)
    last = sample
    if (step > longestStep) {
      word(skip << 10)
      // PDP-11 order: the high half first, each half with its low byte first.
      word(step >>> 16)
      word(step & 0xffff)
    }
    word((number << 10) | (step > longestStep ? 0 : step))
    if (subtype !== undefined && subtype !== 0) word((sub << 10) | (subtype & 0xff))
    if (text !== undefined && text !== '') {
      const letters = Buffer.from(text)
      if (letters.length > longestAux)
        throw new RangeError(
          `annotation at ${sample}: expected a text of at most ${longestAux} bytes, received ${letters.length}`,
        )
      word((aux << 10) | letters.length)
      bytes.push(...letters, ...(letters.length % 2 === 1 ? [0] : []))
    }
  }
  word(0)
  return Uint8Array.from(bytes)
}

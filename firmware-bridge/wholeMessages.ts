import type { LineDecoder } from './decoders.ts'
import type { PayloadDecoder } from './records.ts'

/** Messages that each hold a piece of a line, whole: what is pending at the end of one is read as if it were complete. */
export function wholeMessages(line: () => LineDecoder): () => PayloadDecoder {
  return () => (payload) => {
    const decoder = line()
    return [...decoder.push(payload), ...decoder.flush()]
  }
}

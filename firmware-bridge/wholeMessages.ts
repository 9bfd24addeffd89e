import type { LineDecoder } from './decoders.ts'
import type { PayloadDecoder } from './records.ts'

/**
 * Messages that each hold a piece of a line, whole: what is pending at the end of one is read as if it were complete. What the
 * line has said of the contact with its wearer holds from one message to the next.
 */
export function wholeMessages(line: () => LineDecoder): () => PayloadDecoder {
  return () => {
    const decoder = line()
    return (payload) => [...decoder.push(payload), ...decoder.flush()]
  }
}

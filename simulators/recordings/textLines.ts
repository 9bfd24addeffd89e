import { chunksOf } from './byteSource.ts'
import { RecordingError } from './recordingError.ts'

/** The longest line, characters. */
const maxLine = 1 << 20

/**
 * Lines of a text file (UTF-8, also `.gz`), in batches as they are read, without their ends (LF or CRLF) and without a byte
 * order mark; what follows the last line end is a line too, unless it is empty.
 * @throws RecordingError where the file cannot be read, or a line has more than 2^20 characters.
 */
export async function* textLines(path: string): AsyncGenerator<string[], void, undefined> {
  const decoder = new TextDecoder()
  let pending = ''
  let count = 0
  for await (const chunk of chunksOf(path)) {
    const lines = (pending + decoder.decode(chunk, { stream: true })).split('\n')
    pending = lines.pop() ?? ''
    count += lines.length
    if (pending.length > maxLine)
      throw new RecordingError(path, `line ${count + 1}`, `at most ${maxLine} characters`, 'more')
    yield lines.map(withoutReturn)
  }
  pending += decoder.decode()
  if (pending !== '') yield [withoutReturn(pending)]
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

import { CaptureError, isCapture, readCapture } from '../../../firmware-bridge/capture.ts'
import { FrameParser } from '../../../firmware-bridge/frameParser.ts'
import type { DecodeFault, WireRecord } from '../../../firmware-bridge/records.ts'
import { chunksOf } from '../byteSource.ts'
import { RecordingError } from '../recordingError.ts'

/** A record, or bytes that were none. */
export type Received = WireRecord | DecodeFault

/**
 * What lies in a capture of a line, or in a file of frames one after the other, in batches.
 * @throws RecordingError where the file cannot be read
 */
export async function* receivedIn(path: string): AsyncGenerator<Received[], void, undefined> {
  const parser = new FrameParser()
  for await (const { bytes, broken } of (await captured(path)) ? capturedBytes(path) : plainBytes(path)) {
    if (broken) yield parser.flush()
    yield parser.push(bytes)
  }
  yield parser.flush()
}

async function captured(path: string): Promise<boolean> {
  try {
    return await isCapture(path)
  } catch (error) {
    throw new RecordingError(path, 'file', 'a readable file', (error as NodeJS.ErrnoException).code ?? String(error))
  }
}

async function* plainBytes(path: string): AsyncGenerator<{ bytes: Uint8Array; broken: boolean }, void, undefined> {
  for await (const bytes of chunksOf(path)) yield { bytes, broken: false }
}

async function* capturedBytes(path: string): AsyncGenerator<{ bytes: Uint8Array; broken: boolean }, void, undefined> {
  try {
    for await (const { bytes, broken } of readCapture(path, () => undefined))
      yield { bytes, broken: broken !== undefined }
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error
    const [, line = 'file', expected = error.message, received = 'something else'] =
      /: (line \d+): expected (.*), received (.*)$/s.exec(error.message) ?? []
    throw new RecordingError(path, line, expected, received)
  }
}

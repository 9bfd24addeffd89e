import { CaptureError, isCapture, readCapture } from '../../../firmware-bridge/capture.ts'
import { beginsAsJson, jsonPayloads } from '../../../firmware-bridge/cli/decodeLines.ts'
import { decodeJsonPayload } from '../../../firmware-bridge/decoders/json.ts'
import { FrameParser } from '../../../firmware-bridge/frameParser.ts'
import type { DecodeFault, WireRecord } from '../../../firmware-bridge/records.ts'
import { chunksOf } from '../byteSource.ts'
import { RecordingError } from '../recordingError.ts'

/** A record, or bytes that were none. */
export type Received = WireRecord | DecodeFault

/**
 * What lies in a capture of a line, in a file of frames one after the other, or in one of JSON payloads a line, in batches.
 * @throws RecordingError where the file cannot be read
 */
export async function* receivedIn(path: string): AsyncGenerator<Received[], void, undefined> {
  const form = await formOf(path)
  if (form === 'json') return yield* jsonRecords(path)
  const parser = new FrameParser()
  for await (const { bytes, broken } of form === 'capture' ? capturedBytes(path) : plainBytes(path)) {
    if (broken) yield parser.flush()
    yield parser.push(bytes)
  }
  yield parser.flush()
}

/** What a file is by its beginning. Throws a `RecordingError` where it cannot be read. */
export async function formOf(path: string): Promise<'capture' | 'json' | 'frames'> {
  try {
    if (await isCapture(path)) return 'capture'
    return (await beginsAsJson(path)) ? 'json' : 'frames'
  } catch (error) {
    throw new RecordingError(path, 'file', 'a readable file', (error as NodeJS.ErrnoException).code ?? String(error))
  }
}

/** A line that is none is lost, as a frame that is none; a file that is one payload is read whole or not at all. */
async function* jsonRecords(path: string): AsyncGenerator<Received[], void, undefined> {
  try {
    for await (const { bytes, line } of jsonPayloads(path)) {
      const where = line === undefined ? 'JSON' : `line ${line}`
      yield decodeJsonPayload(bytes).map((record): Received => {
        if (record.kind === 'fault') {
          if (line === undefined && record.reason !== 'out-of-range')
            throw new RecordingError(path, where, 'a payload, or one in each line', record.detail)
          return record
        }
        // Without them nobody can say which of two readings came first, or that none is missing.
        if (!('sequence' in record))
          throw new RecordingError(path, where, 'bootId, sequence and tick in each item', 'one without')
        return record
      })
    }
  } catch (error) {
    throw asRecordingError(path, error)
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
    throw asRecordingError(path, error)
  }
}

/** What says where, what was expected and what came says so as a `RecordingError` too. */
function asRecordingError(path: string, error: unknown): unknown {
  if (error instanceof RecordingError || !(error instanceof Error)) return error
  const [, line, expected = '', received = ''] =
    /: (line \d+): expected (.*), received (.*)$/s.exec(error.message) ?? []
  if (line !== undefined) return new RecordingError(path, line, expected, received)
  return error instanceof CaptureError ? new RecordingError(path, 'file', error.message, 'something else') : error
}

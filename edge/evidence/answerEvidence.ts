import type { Asked } from '../flow.ts'
import { schemaVersion, type Response } from '../messages.ts'
import type { EvidenceFiles } from './evidenceFiles.ts'

/** Of a file, in one answer: what an MQTT client may take, less a third for base64. */
const partBytes = 96 * 1024

/** Answers a request for the evidence of an alarm, from disk. @returns whether it was one */
export function answerEvidence({ request, respond }: Asked, files: Pick<EvidenceFiles, 'read'>): boolean {
  if (request.action !== 'get-evidence') return false
  const answered = { schemaVersion, requestId: request.requestId } as const
  const answer = (bytes: Buffer | undefined): Response =>
    bytes === undefined
      ? { ...answered, ok: false, error: 'not-found', detail: `no evidence of alarm "${request.alarm}"` }
      : { ...answered, ok: true, evidence: { base64: partOf(bytes), totalBytes: bytes.length } }
  const partOf = (bytes: Buffer): string =>
    bytes.subarray(request.offset, request.offset + partBytes).toString('base64')
  const failed = (error: unknown): Response => ({ ...answered, ok: false, error: 'failed', detail: String(error) })
  void files.read(request.alarm, request.file).then(answer).catch(failed).then(respond)
  return true
}

import type { DecodeFault, DecodeFaultReason } from './records.ts'

/** Why something was refused, before the offending bytes are attached. */
export interface Refusal {
  kind: 'refusal'
  reason: DecodeFaultReason
  /** What was expected and what came. */
  detail: string
}

export const refuse = (reason: DecodeFaultReason, detail: string): Refusal => ({ kind: 'refusal', reason, detail })

/** Bytes that a fault keeps for inspection. */
export const maxFaultBytes = 64

/** Characters of a detail: it may quote what came. */
const maxDetail = 300

/** A fault that owns a copy of the first 64 of the offending bytes, so that the caller may reuse its buffer. */
export function toFault(refusal: Refusal, bytes: Uint8Array): DecodeFault {
  return {
    kind: 'fault',
    reason: refusal.reason,
    detail: refusal.detail.slice(0, maxDetail),
    bytes: bytes.slice(0, maxFaultBytes),
  }
}

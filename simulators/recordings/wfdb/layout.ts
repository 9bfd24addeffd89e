import { basename, dirname, join } from 'node:path'
import { RecordingError } from '../recordingError.ts'
import type { WfdbHeader, WfdbSignal } from './header.ts'
import { readHeader } from './header.ts'
import type { Segment } from './segment.ts'
import { openSegment } from './segment.ts'

/** A stretch of a record: a segment, and which of its signals each of the record's is; nothing in a null segment. */
export interface Span {
  fromFrame: number
  frames: number
  segment?: Segment
  /** By signal of the record: index into the segment's, or -1 where it has none. */
  signals: number[]
}

export interface Layout {
  signals: WfdbSignal[]
  spans: Span[]
  frames: number
}

/** The one span of a record of one segment. */
export async function singleLayout(header: WfdbHeader): Promise<Layout> {
  const segment = await openSegment(header)
  const { frames } = segment
  const spans = [{ fromFrame: 0, frames, segment, signals: header.signals.map((_, i) => i) }]
  return { signals: header.signals, spans, frames }
}

/**
 * Opens all segments of a multi-segment record (`header(5)`, "Segment specification lines"). With a layout segment (of length
 * 0, the first) a segment's signals are found by their names; without, they are the same in each.
 * @throws RecordingError naming the segment that is missing or does not fit.
 */
export async function multiSegmentLayout(header: WfdbHeader): Promise<Layout> {
  const segments = header.segments ?? []
  const spans: Span[] = []
  let fromFrame = 0
  let signals: WfdbSignal[] | undefined
  const variable = segments[0]?.frames === 0
  for (const [index, { name, frames }] of segments.entries()) {
    const where = `segment ${index} (${name})`
    if (name === '~') {
      spans.push({ fromFrame, frames, signals: [] })
      fromFrame += frames
      continue
    }
    const part = await segmentHeader(header, where, name)
    if (part.signalCount !== header.signalCount && (signals === undefined || !variable)) {
      const expected = `${header.signalCount}, as in ${basename(header.file)}`
      throw new RecordingError(part.file, 'number of signals', expected, `${part.signalCount}`)
    }
    if (frames === 0) {
      signals = part.signals
      continue
    }
    // Without a layout the first segment stands for all.
    signals ??= part.signals
    const segment = await openSegment(part)
    if (segment.frames !== frames) {
      const expected = `${frames} (${where} in ${basename(header.file)})`
      throw new RecordingError(part.file, 'number of samples', expected, `${segment.frames}`)
    }
    spans.push({ fromFrame, frames, segment, signals: signalsOf(part, signals, variable) })
    fromFrame += frames
  }
  if (header.frames !== undefined && header.frames !== fromFrame)
    throw new RecordingError(header.file, 'number of samples', `${fromFrame}, as of all segments`, `${header.frames}`)
  if (!signals) throw new RecordingError(header.file, 'segments', 'at least one with signals', 'none')
  return { signals, spans, frames: fromFrame }
}

async function segmentHeader(record: WfdbHeader, where: string, name: string): Promise<WfdbHeader> {
  const file = join(dirname(record.file), `${name}.hea`)
  const found = await readHeader(file)
  if (!found) throw new RecordingError(record.file, where, 'an existing segment', `${name}.hea, which is not there`)
  const { header } = found
  if (header.segments)
    throw new RecordingError(file, 'record name', 'a record of one segment', `${header.segments.length}`)
  if (header.frameRateHz !== record.frameRateHz) {
    const expected = `${record.frameRateHz}, as in ${basename(record.file)}`
    throw new RecordingError(file, 'sampling frequency', expected, `${header.frameRateHz}`)
  }
  return header
}

function signalsOf(part: WfdbHeader, signals: WfdbSignal[], variable: boolean): number[] {
  const taken = new Set<number>()
  const places = signals.map(({ description }, i) => {
    // Of several signals of one name, the first is the first and the second the second.
    const at = variable ? part.signals.findIndex((o, k) => o.description === description && !taken.has(k)) : i
    taken.add(at)
    return at
  })
  for (const [index, signal] of part.signals.entries()) {
    const at = places.indexOf(index)
    const like = signals[at]
    const wrong = (field: string, expected: string, received: string) =>
      new RecordingError(part.file, `signal ${index} ${field}`, expected, received)
    if (!like) throw wrong('description', `one of ${signals.map((s) => s.description).join(', ')}`, signal.description)
    if (like.samplesPerFrame !== signal.samplesPerFrame)
      throw wrong('samples per frame', `${like.samplesPerFrame}, as in the record`, `${signal.samplesPerFrame}`)
    if (like.unit !== signal.unit) throw wrong('unit', `${like.unit}, as in the record`, signal.unit)
    if (like.description !== signal.description)
      throw wrong('description', `${like.description}, as in the record`, signal.description)
  }
  return places
}

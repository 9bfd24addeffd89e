import { ecgBeatInput, ecgBeatInputLength, ecgBeatSegments, type InputSegment } from '../inputs/inputSchema.ts'
import { ppgInput, ppgInputLength, ppgSegments } from '../inputs/ppgInput.ts'
import { vitalsInput, vitalsInputLength, vitalsSegments } from '../inputs/vitalsInput.ts'

/** What this program gives to models of a kind. */
export interface InputDescription {
  /** A bundle's own must be the same, field by field. */
  schema: Readonly<Record<string, unknown>>
  /** UCUM unit of each signal, as it is measured. */
  units: Readonly<Record<string, string>>
  /** Values of a window. */
  length: number
  segments: readonly InputSegment[]
  /** Whether it takes a limit of noise, beyond which a window is neither learnt from nor assessed. */
  hasNoise: boolean
}

export const inputKindNames = ['ecg-beat', 'vitals', 'ppg-window'] as const
export type InputKind = (typeof inputKindNames)[number]

/** All kinds of input that there are. A new one is one entry here. */
export const inputKinds: Readonly<Record<InputKind, InputDescription>> = {
  'ecg-beat': {
    schema: ecgBeatInput,
    units: { [ecgBeatInput.signal]: ecgBeatInput.unit },
    length: ecgBeatInputLength,
    segments: ecgBeatSegments,
    hasNoise: true,
  },
  vitals: {
    schema: vitalsInput,
    units: Object.fromEntries(vitalsInput.signals.map((signal, s) => [signal, vitalsInput.units[s]!])),
    length: vitalsInputLength,
    segments: vitalsSegments,
    hasNoise: false,
  },
  'ppg-window': {
    schema: ppgInput,
    units: { [ppgInput.signal]: ppgInput.unit },
    length: ppgInputLength,
    segments: ppgSegments,
    hasNoise: false,
  },
}

/** What a bundle for a kind of input says of it. */
export function inputParts(kind: InputKind): {
  inputSchema: { kind: InputKind; [field: string]: unknown }
  units: Record<string, string>
} {
  const { schema, units } = inputKinds[kind]
  return { inputSchema: { kind, ...structuredClone(schema) }, units: { ...units } }
}

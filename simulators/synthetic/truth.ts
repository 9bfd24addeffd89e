/**
 * What is true of a synthetic wearer and its device, whatever the device sends. Ticks are stream time, integer µs.
 * `beat`: an R peak with its WFDB mnemonic (N, V, A); there are none while the device is off the body. `event`: something of
 * the script begins at `from`; `until` is exclusive and may lie beyond the end.
 */
export type TruthMark =
  { kind: 'beat'; tick: number; code: BeatCode } | { kind: 'event'; code: string; from: number; until: number }

/** WFDB mnemonics: normal, premature ventricular, premature atrial. */
export type BeatCode = 'N' | 'V' | 'A'

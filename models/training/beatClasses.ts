/** Beat classes of ANSI/AAMI EC57: normal, supraventricular, ventricular, fusion, paced or unclassifiable. */
export type BeatClass = 'N' | 'S' | 'V' | 'F' | 'Q'

const classes: Record<BeatClass, string> = { N: 'NLRej', S: 'AaJS', V: 'VE', F: 'F', Q: '/fQ' }
const byCode = new Map(
  (Object.keys(classes) as BeatClass[]).flatMap((name) => Array.from(classes[name], (code) => [code, name] as const)),
)

/** The class of a WFDB annotation code; undefined where it does not mark a beat. */
export function beatClass(code: string): BeatClass | undefined {
  return byCode.get(code)
}

export function isAnomalous(name: BeatClass): boolean {
  return name === 'S' || name === 'V' || name === 'F'
}

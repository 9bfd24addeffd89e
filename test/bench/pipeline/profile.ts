import { Session, type Profiler } from 'node:inspector'

/** Kinds of work, and the files that do it; the first that fits counts. */
const kinds: readonly (readonly [kind: string, files: RegExp])[] = [
  ['scoring', /models\/(scorer|engine|detectors)|wasm:/],
  ['signal work', /models\/inputs|edge\/(vitals|rhythm|earlyWarning)|edge\/stages\/(beats|motion|waveform)/],
  ['rules', /edge\/(detectors|alarms)/],
  ['summaries', /edge\/stages\/summaries/],
  ['moving data', /edge|firmware-bridge|rxjs/],
]
const collector = '(garbage collector)'

/** Profiles what `run` does, by V8's sampling. */
export async function profiled(run: () => void): Promise<Profiler.Profile> {
  const session = new Session()
  session.connect()
  const post = (method: 'Profiler.enable' | 'Profiler.start'): Promise<void> =>
    new Promise((resolve, reject) => session.post(method, (error) => (error === null ? resolve() : reject(error))))
  await post('Profiler.enable')
  await post('Profiler.start')
  run()
  return new Promise((resolve, reject) =>
    session.post('Profiler.stop', (error, { profile }) => {
      session.disconnect()
      if (error === null) resolve(profile)
      else reject(error)
    }),
  )
}

/** The share of each kind of work in a profile's samples, 0 to 1; what the runtime does is under `runtime`. */
export function sharesOf({ nodes, samples = [] }: Profiler.Profile): Record<string, number> {
  const kindOf = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const counts: Record<string, number> = {}
  for (const sample of samples) {
    const kind = kindOf.get(sample) ?? 'runtime'
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  return Object.fromEntries(Object.entries(counts).map(([kind, count]) => [kind, count / samples.length]))
}

function nameOf({ functionName, url }: { functionName: string; url: string }): string {
  if (functionName === collector) return 'garbage collection'
  return kinds.find(([, files]) => files.test(url))?.[0] ?? 'runtime'
}

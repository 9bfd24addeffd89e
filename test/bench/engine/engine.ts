import { instantiate, kernelModule } from '../../../models/engine/simdKernels.ts'
import { sizeOf } from '../../../models/graph/graph.ts'
import { seededRandom } from '../../../models/training/random.ts'
import type { Candidate, Timing } from '../interleave.ts'
import { interleave, medianRatio, quantile } from '../interleave.ts'
import type { Measured, Row, Suite, SuiteOptions } from '../suite.ts'
import { garbage } from './garbage.ts'
import { subjects, type Subject } from './networks.ts'
import { startPeers, type Peer } from './peer.ts'
import { ownRunners } from './runners.ts'

/** Multiplications and additions of one round of `peak`: twelve vectors of four. */
const peakOperations = 12 * 4 * 2
const peakRounds = 20_000
/** Runs of our own a pass: a run is far shorter than a look at the clock. */
const ownRuns = 50
const passMillis = 15

/** Time a window of our engine and of TensorFlow.js's backends, and how near the machine's SIMD peak we come. */
export const engineSuite: Suite = {
  about: 'µs a window of the compiled engine, against TensorFlow.js on its backends, and the machine’s SIMD peak',
  async run(options) {
    const started = await startPeers()
    try {
      const absent = started.flatMap(({ name, absent }) =>
        absent === undefined ? [] : [{ name, value: NaN, unit: 'absent', reason: absent }],
      )
      const measured: Measured = { rows: absent, ratios: {} }
      const peers = started.filter((peer) => peer.absent === undefined)
      for (const subject of subjects()) {
        for (const batch of [1, 64]) {
          const { rows, ratios } = await measureOne(peers, subject, batch, options)
          measured.rows.push(...rows)
          Object.assign(measured.ratios, ratios)
        }
      }
      return measured
    } finally {
      for (const peer of started) peer.stop()
    }
  },
}

async function measureOne(
  peers: readonly Peer[],
  subject: Subject,
  batch: number,
  { quick }: SuiteOptions,
): Promise<Measured> {
  const random = seededRandom(2)
  const inputs = Float32Array.from({ length: batch * sizeOf(subject.graph.input) }, () => 2 * random() - 1)
  const own = ownRunners(subject, inputs, batch)
  const others = await loadPeers(peers, subject, inputs, quick)
  checkAgreement(subject, [...own.map(({ name, run }) => ({ name, outputs: run() })), ...others])
  const candidates = [
    ...own.map(({ name, run }) => repeated(name, run, ownRuns)),
    ...others.map(({ name, pass }) => ({ name, pass })),
    peak(),
  ]
  // A batch of a recurrent network takes TensorFlow.js up to seconds.
  const slow = subject.name === 'lstm'
  const timings = await interleave(candidates, {
    rounds: quick ? 1 : slow ? 7 : 31,
    warmUpRounds: quick ? 0 : 2,
    roundMillis: quick ? 0 : passMillis,
    expected: 1,
  })
  const runsOf = (name: string) => others.find((other) => other.name === name)?.runs ?? ownRuns
  const simdPeak = timings.find(({ name }) => name === 'peak')!
  const perRun = timings.filter((timing) => timing !== simdPeak).map((timing) => perPass(timing, runsOf(timing.name)))
  const engine = perRun.find(({ name }) => name === 'engine')!
  const prefix = `${subject.name}.batch${batch}`
  const ratios: Record<string, number> = {}
  for (const timing of perRun) {
    if (timing !== engine) ratios[`${prefix}.to.${timing.name}`] = medianRatio(timing, engine)
  }
  // Operations a second of the engine against those of the peak, in the same rounds.
  const operations = batch * subject.operations
  ratios[`${prefix}.shareOfPeak`] = medianRatio(
    perPass(simdPeak, peakRounds * peakOperations),
    perPass(engine, operations),
  )
  const rows = perRun.map(({ name, rounds }): Row => {
    const micros = (q: number) => (quantile(rounds, q) / batch) * 1e6
    const spread = { lowerQuartile: micros(0.25), upperQuartile: micros(0.75) }
    const gflops = subject.operations / micros(0.5) / 1e3
    return { name: `${prefix}.${name}`, value: micros(0.5), unit: 'µs/window', ...spread, gflops }
  })
  rows.push(gigaflops(`${prefix}.simdPeak`, simdPeak, peakRounds * peakOperations))
  rows.push({ name: `${prefix}.engine.garbage`, value: garbage(own[0]!.run) / batch, unit: 'bytes/window' })
  return { rows, ratios }
}

/** The peers with a network, warm; each pass makes as many predictions as take it `passMillis`. */
async function loadPeers(peers: readonly Peer[], { graph, weights }: Subject, inputs: Float32Array, quick: boolean) {
  const millis = quick ? { warmUpMillis: 0, passMillis: 0 } : { warmUpMillis: 2000, passMillis }
  const loaded = []
  for (const peer of peers) {
    const answer = await peer.ask({ kind: 'load', graph, weights, inputs, ...millis })
    if (answer.kind !== 'loaded') throw new Error(`${peer.name}: expected loaded, received ${answer.kind}`)
    const { outputs, runs } = answer
    const pass = async () => ((await peer.ask({ kind: 'run' })).kind === 'ran' ? 1 : NaN)
    loaded.push({ name: peer.name, outputs, runs, pass })
  }
  return loaded
}

function repeated(name: string, run: () => unknown, times: number): Candidate {
  return {
    name,
    pass() {
      for (let i = 0; i < times; i++) run()
      return 1
    },
  }
}

function peak(): Candidate {
  const module = kernelModule()
  if (module instanceof Error) throw module
  const kernels = instantiate(module, new WebAssembly.Memory({ initial: 1 }))
  return repeated('peak', () => kernels.peak(peakRounds, 1), 1)
}

/** Of passes of so many runs, or operations. */
function perPass(timing: Timing, runs: number): Timing {
  return { ...timing, rounds: timing.rounds.map((seconds) => seconds / runs) }
}

function gigaflops(name: string, { rounds }: Timing, operations: number): Row {
  return { name, value: operations / quantile(rounds, 0.5) / 1e9, unit: 'GFLOP/s' }
}

function checkAgreement({ name }: Subject, all: readonly { name: string; outputs: Float32Array }[]): void {
  const reference = all.at(-1)!.outputs
  for (const each of all) {
    reference.forEach((expected, i) => {
      const received = each.outputs[i]!
      if (!(Math.abs(received - expected) <= 1e-4 * Math.max(1, Math.abs(expected)))) {
        throw new Error(`${name}.${each.name}[${i}]: expected ${expected}, received ${received}`)
      }
    })
  }
}

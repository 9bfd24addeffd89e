import { instantiate, kernelModule } from '../../../models/engine/simdKernels.ts'
import { sizeOf } from '../../../models/graph/graph.ts'
import { seededRandom } from '../../../models/training/random.ts'
import type { Candidate, Timing } from '../interleave.ts'
import { interleave, medianRatio, quantile } from '../interleave.ts'
import type { Measured, Row, Suite, SuiteOptions } from '../suite.ts'
import { garbage } from './garbage.ts'
import { subjects, type Subject } from './networks.ts'
import { loadPeers, ownRunners, peerRunners, type Peers, type Runner } from './runners.ts'

/** Multiplications and additions of one round of `peak`: twelve vectors of four. */
const peakOperations = 12 * 4 * 2
const peakRounds = 20_000
/** Runs of our own a pass: a run is far shorter than a look at the clock. */
const ownRuns = 50

/** Time a window of our engine and of TensorFlow.js's backends, and how near the machine's SIMD peak we come. */
export const engineSuite: Suite = {
  about: 'µs a window of the compiled engine, against TensorFlow.js on its backends, and the machine’s SIMD peak',
  async run(options) {
    const peers = await loadPeers()
    const measured: Measured = { rows: absentRows(peers), ratios: {} }
    for (const subject of subjects()) {
      for (const batch of [1, 64]) {
        const { rows, ratios } = await measureOne(peers, subject, batch, options)
        measured.rows.push(...rows)
        Object.assign(measured.ratios, ratios)
      }
    }
    return measured
  },
}

async function measureOne(peers: Peers, subject: Subject, batch: number, options: SuiteOptions): Promise<Measured> {
  const random = seededRandom(2)
  const inputs = Float32Array.from({ length: batch * sizeOf(subject.graph.input) }, () => 2 * random() - 1)
  const own = ownRunners(subject, inputs, batch)
  const others = await peerRunners(peers, subject, inputs, batch)
  checkAgreement(own, others, subject)
  const candidates = [
    ...own.map(({ name, run }) => repeated(name, run, ownRuns)),
    ...others.map(({ name, run }) => repeated(name, run, 1)),
    peak(),
  ]
  const timings = await interleave(candidates, {
    // A recurrent network takes TensorFlow.js seconds a batch.
    rounds: options.quick ? 1 : subject.name === 'lstm' ? 3 : 21,
    warmUpRounds: options.quick ? 0 : subject.name === 'lstm' ? 1 : 3,
    roundMillis: options.quick ? 0 : 15,
    expected: 1,
  })
  const find = (name: string) => timings.find((timing) => timing.name === name)
  const prefix = `${subject.name}.batch${batch}`
  const [engine, simdPeak] = [perWindow(find('engine')!, ownRuns), find('peak')!]
  const ratios: Record<string, number> = {}
  for (const { name } of others) ratios[`${prefix}.to.${name}`] = medianRatio(find(name)!, engine)
  // Operations a second of the engine against those of the peak, in the same rounds.
  const share = medianRatio(simdPeak, engine) * ((batch * subject.operations) / (peakRounds * peakOperations))
  ratios[`${prefix}.shareOfPeak`] = share
  const rows = timings.map((timing): Row => {
    if (timing === simdPeak) return gigaflops(`${prefix}.simdPeak`, timing, peakRounds * peakOperations)
    const each = own.some(({ name }) => name === timing.name) ? perWindow(timing, ownRuns) : timing
    const micros = (quantile(each.rounds, 0.5) / batch) * 1e6
    const operations = subject.operations / micros / 1e3
    return { name: `${prefix}.${timing.name}`, value: micros, unit: 'µs/window', gflops: operations }
  })
  rows.push({ name: `${prefix}.engine.garbage`, value: garbage(own[0]!.run) / batch, unit: 'bytes/window' })
  return { rows, ratios }
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

function perWindow(timing: Timing, runs: number): Timing {
  return { ...timing, rounds: timing.rounds.map((seconds) => seconds / runs) }
}

function gigaflops(name: string, { rounds }: Timing, operations: number): Row {
  return { name, value: operations / quantile(rounds, 0.5) / 1e9, unit: 'GFLOP/s' }
}

function checkAgreement(own: readonly Runner[], others: readonly Runner[], { name }: Subject): void {
  const reference = others[0]!.run()
  for (const runner of [...own, ...others]) {
    const received = runner.run()
    received.forEach((value, i) => {
      const expected = reference[i]!
      if (!(Math.abs(value - expected) <= 1e-4 * Math.max(1, Math.abs(expected)))) {
        throw new Error(`${name}.${runner.name}[${i}]: expected ${expected}, received ${value}`)
      }
    })
  }
}

function absentRows({ absent }: Peers): Row[] {
  return Object.entries(absent).map(([name, reason]) => ({ name, value: NaN, unit: 'absent', reason }))
}

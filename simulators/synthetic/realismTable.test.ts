import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { format, resolveConfig } from 'prettier'
import { expect, test } from 'vitest'
import { recording, withRecordings } from '../../test/real/programs.ts'
import { openRecording } from '../recordings/recording.ts'
import { deviation, mean, pulseDelays, quantile, rPeaks, variabilityOf } from './measures.testing.ts'
import type { MeasuredPerson } from './measuredPerson.testing.ts'
import { measuredPerson, rates } from './measuredPerson.testing.ts'
import { columns, e4Lines } from './realCsv.testing.ts'

const persons = 30
const conducted = new Set(['N', 'L', 'R', 'e', 'j'])

/** A synthetic person at rest for ten minutes. */
function healthy(seed: number): MeasuredPerson {
  const known = rested.get(seed) ?? measuredPerson(seed, 600)
  rested.set(seed, known)
  return known
}
const rested = new Map<number, MeasuredPerson>()

/** One measure beside another: median and the middle 80 % over persons or records. */
type Row = [what: string, synthetic: number[], real: number[], digits: number, source: string]

const asked = process.env['VITAL_EDGE_REALISM'] === '1'
const { there, name } = withRecordings('', 'realism.md is what is measured')

test.runIf(asked && there)(
  asked ? name : `${name} (skipped: without VITAL_EDGE_REALISM=1)`,
  async () => {
    const rows = [...(await rhythmRows()), ...bidmcRows(), ...e4Rows()]
    const lines = rows.map(
      ([what, synthetic, real, digits, source]) =>
        `| ${what} | ${spread(synthetic, digits)} | ${spread(real, digits)} | ${source} |`,
    )
    const file = join(import.meta.dirname, 'realism.md')
    const style = { ...(await resolveConfig(file)), filepath: file }
    await expect(await format(`${head}${lines.join('\n')}\n${foot}`, style)).toMatchFileSnapshot(file)
  },
  120_000,
)

const head = `# Synthetic persons beside real ones

Median (10th to 90th percentile) over persons or records, by the same measures (\`measures.testing.ts\`). Synthetic: seeds 1000 to
1029, ten minutes at rest each; arrhythmias scripted. Made by

    npx vitest run --config test/vitest.config.ts simulators/synthetic/realismTable.test.ts -u

with the recordings at hand; without \`-u\` the test compares. Simulated results: they say nothing about people.

| measure | synthetic | real | real from |
| --- | --- | --- | --- |
`

const foot = `
Where they differ, and why:

- The real persons of MIT-BIH and BIDMC are patients; the synthetic ones are healthy adults at rest, and are held against
  published ranges of those in \`realism.test.ts\`. Hearts of the patients are faster, and differ more in every measure.
- Premature beats of a real person come at many distances, those of a synthetic one close to one distance; real pauses after
  them are often not full.
- Real atrial fibrillation (one record) is more irregular.
- Pulses in BIDMC arrive later than a body's can (200 to 300 ms at rest): ECG and pulse of that set are not aligned to the ms,
  presumably by the monitor. So the delay of the synthetic pulse rests on published figures. Its rise time hardly differs
  between persons, a real one does.
- A synthetic person at rest does not move the arm at all; a real one who sits and does tasks does.
`

/** Beat-by-beat measures against the beats that cardiologists marked. */
async function rhythmRows(): Promise<Row[]> {
  const real = { heartRate: [], sdnn: [], rmssd: [], coupling: [], pause: [], fibrillation: [] } as Record<
    string,
    number[]
  >
  for (const file of readdirSync(recording('mitdb')).filter((each) => each.endsWith('.atr'))) {
    const opened = await openRecording(recording(join('mitdb', file.replace('.atr', ''))))
    const rateHz = opened.channels[0]?.rateHz ?? NaN
    const beats: Coded[] = []
    let rhythm = ''
    for (const { sample, code, aux } of await opened.annotations()) {
      if (code === '+') rhythm = aux?.replaceAll('\0', '') ?? rhythm
      else if (/^[NLRejAaJSVEF/fQ]$/.test(code))
        beats.push({ seconds: sample / rateHz, code, fibrillates: rhythm === '(AFIB' })
    }
    addRhythm(real, beats)
  }
  const synthetic = Object.fromEntries(Object.keys(real).map((key) => [key, [] as number[]]))
  for (let seed = 1000; seed < 1000 + persons; seed++) {
    const timing = { atSeconds: 0, durationSeconds: 600 }
    addRhythm(
      synthetic,
      healthy(seed).beats.map((beat) => ({ ...beat, fibrillates: false })),
    )
    const ectopic = measuredPerson(seed, 600, { kind: 'ectopic-beats', ...timing, perHour: 400 }).beats
    addEctopy(
      synthetic,
      ectopic.map((beat) => ({ ...beat, fibrillates: false })),
    )
    const fibrillating = measuredPerson(seed, 600, { kind: 'atrial-fibrillation', ...timing }).beats
    addFibrillation(
      synthetic,
      fibrillating.slice(3).map((beat) => ({ ...beat, fibrillates: true })),
    )
  }
  const row = (what: string, key: string, digits: number, source = 'MIT-BIH, marked beats'): Row => {
    return [what, synthetic[key] ?? [], real[key] ?? [], digits, source]
  }
  return [
    row('heart rate, /min', 'heartRate', 0),
    row('SDNN over 5 min, ms', 'sdnn', 0),
    row('RMSSD, ms', 'rmssd', 0),
    row('interval before a ventricular beat, share of the usual', 'coupling', 2),
    row('interval after it', 'pause', 2),
    row('atrial fibrillation: coefficient of variation of RR', 'fibrillation', 2, 'MIT-BIH 203, marked AFIB'),
  ]
}

interface Coded {
  seconds: number
  code: string
  fibrillates: boolean
}

function addRhythm(to: Record<string, number[]>, beats: Coded[]): void {
  const usual = beats.filter(({ code }) => conducted.has(code))
  // Atrial fibrillation and much ectopy have no sinus variability.
  if (usual.length > 0.95 * beats.length && !beats.some(({ fibrillates }) => fibrillates)) {
    const found = variabilityOf(usual.map(({ seconds }) => seconds))
    if (found) {
      to['heartRate']?.push(found.heartRate)
      to['sdnn']?.push(found.sdnn)
      to['rmssd']?.push(found.rmssd)
    }
  }
  addEctopy(to, beats)
  addFibrillation(to, beats)
}

function addEctopy(to: Record<string, number[]>, beats: Coded[]): void {
  const coupling: number[] = []
  const pause: number[] = []
  for (let i = 3; i + 1 < beats.length; i++) {
    const five = beats.slice(i - 3, i + 2)
    if (five.map(({ code }) => (conducted.has(code) ? 'N' : code)).join('') !== 'NNNVN' || five[3]!.fibrillates)
      continue
    const intervals = five.slice(1).map(({ seconds }, k) => seconds - five[k]!.seconds)
    const usual = (intervals[0]! + intervals[1]!) / 2
    coupling.push(intervals[2]! / usual)
    pause.push(intervals[3]! / usual)
  }
  if (coupling.length < 10) return
  to['coupling']?.push(quantile(coupling, 0.5))
  to['pause']?.push(quantile(pause, 0.5))
}

function addFibrillation(to: Record<string, number[]>, beats: Coded[]): void {
  const intervals: number[] = []
  for (let i = 1; i < beats.length; i++) {
    const [before, beat] = [beats[i - 1]!, beats[i]!]
    const both = before.fibrillates && beat.fibrillates && conducted.has(beat.code) && conducted.has(before.code)
    if (both) intervals.push(beat.seconds - before.seconds)
  }
  if (intervals.length > 100) to['fibrillation']?.push(deviation(intervals) / mean(intervals))
}

/** Monitors of intensive care: ECG, pulse and breath together. */
function bidmcRows(): Row[] {
  const real = { heartRate: [] as number[], breath: [] as number[], arrival: [] as number[], rise: [] as number[] }
  const folder = recording('bidmc')
  for (const file of readdirSync(folder)) {
    if (file.endsWith('Numerics.csv')) {
      const { HR, RESP } = columns(readFileSync(join(folder, file), 'utf8'))
      real.heartRate.push(quantile((HR ?? []).filter(Number.isFinite), 0.5))
      real.breath.push(quantile((RESP ?? []).filter(Number.isFinite), 0.5))
    }
    if (file.endsWith('Signals.csv.gz')) {
      const { II, PLETH } = columns(gunzipSync(readFileSync(join(folder, file))).toString())
      const delays = pulseDelays(rPeaks(II ?? [], 125), PLETH ?? [], 125)
      real.arrival.push(
        1000 *
          quantile(
            delays.map(({ arrival }) => arrival),
            0.5,
          ),
      )
      real.rise.push(
        1000 *
          quantile(
            delays.map(({ rise }) => rise),
            0.5,
          ),
      )
    }
  }
  const synthetic = { heartRate: [] as number[], breath: [] as number[], arrival: [] as number[], rise: [] as number[] }
  for (let seed = 1000; seed < 1000 + persons; seed++) {
    const person = healthy(seed)
    synthetic.heartRate.push(quantile(person.heartRate.filter(Number.isFinite), 0.5))
    synthetic.breath.push(quantile(person.respirationRate, 0.5))
    const delays = pulseDelays(rPeaks(person.ecg, 250), person.ppg, rates.ppg)
    synthetic.arrival.push(
      1000 *
        quantile(
          delays.map(({ arrival }) => arrival),
          0.5,
        ),
    )
    synthetic.rise.push(
      1000 *
        quantile(
          delays.map(({ rise }) => rise),
          0.5,
        ),
    )
  }
  return [
    ['heart rate, /min', synthetic.heartRate, real.heartRate, 0, 'BIDMC, monitor'],
    ['breaths, /min', synthetic.breath, real.breath, 0, 'BIDMC, monitor'],
    ['R peak to foot of the pulse, ms', synthetic.arrival, real.arrival, 0, 'BIDMC, lead II and PLETH'],
    ['foot to peak of the pulse, ms', synthetic.rise, real.rise, 0, 'BIDMC, PLETH'],
  ]
}

/** A wrist device on healthy people who sit and do tasks. */
function e4Rows(): Row[] {
  const real = { heartRate: [] as number[], sdnn: [] as number[], rmssd: [] as number[], movement: [] as number[] }
  for (const subject of ['S05', 'S14', 'S26']) {
    const lines = (file: string) => e4Lines(join(recording('stress-predict-e4'), subject), file)
    real.heartRate.push(
      quantile(
        lines('HR')
          .slice(2)
          .map(([rate]) => rate ?? NaN),
        0.5,
      ),
    )
    const beats = lines('IBI')
      .slice(1)
      .map(([at]) => at ?? NaN)
    const found = variabilityOf(beats)
    if (found) {
      real.sdnn.push(found.sdnn)
      real.rmssd.push(found.rmssd)
    }
    const acceleration = lines('ACC').slice(2)
    real.movement.push(
      movement(
        acceleration.map(([x, y, z]) => Math.hypot(x ?? NaN, y ?? NaN, z ?? NaN) / 64),
        32,
      ),
    )
  }
  const synthetic = { heartRate: [] as number[], sdnn: [] as number[], rmssd: [] as number[], movement: [] as number[] }
  for (let seed = 1000; seed < 1000 + persons; seed++) {
    const person = healthy(seed)
    const found = variabilityOf(person.beats.map(({ seconds }) => seconds))
    synthetic.heartRate.push(found?.heartRate ?? NaN)
    synthetic.sdnn.push(found?.sdnn ?? NaN)
    synthetic.rmssd.push(found?.rmssd ?? NaN)
    synthetic.movement.push(
      movement(
        person.accX.map((x, i) => Math.hypot(x, person.accY[i]!, person.accZ[i]!)),
        50,
      ),
    )
  }
  return [
    ['heart rate, /min', synthetic.heartRate, real.heartRate, 0, 'Stress-Predict E4, HR'],
    ['SDNN over 5 min, ms', synthetic.sdnn, real.sdnn, 0, 'Stress-Predict E4, IBI'],
    ['RMSSD, ms', synthetic.rmssd, real.rmssd, 0, 'Stress-Predict E4, IBI'],
    [
      'acceleration, deviation within a second, median, mg',
      synthetic.movement,
      real.movement,
      1,
      'Stress-Predict E4, ACC',
    ],
  ]
}

/** Median of the deviation of acceleration within each second, mg. */
function movement(magnitude: number[], rateHz: number): number {
  const seconds = Math.floor(magnitude.length / rateHz)
  return (
    1000 *
    quantile(
      Array.from({ length: seconds }, (_, second) =>
        deviation(magnitude.slice(second * rateHz, (second + 1) * rateHz)),
      ),
      0.5,
    )
  )
}

function spread(values: number[], digits: number): string {
  const known = values.filter(Number.isFinite)
  const at = (share: number) => quantile(known, share).toFixed(digits)
  return known.length < 3
    ? `${at(0.5)} (n = ${known.length})`
    : `${at(0.5)} (${at(0.1)} to ${at(0.9)}; n = ${known.length})`
}

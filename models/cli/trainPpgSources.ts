import type { SimulatedEvent } from '../../simulators/synthetic/events.ts'
import { drawPerson } from '../../simulators/synthetic/person.ts'
import { seededRandom } from '../../simulators/synthetic/random.ts'
import { ppgRateHz, syntheticBody } from '../../simulators/synthetic/syntheticBody.ts'
import { PpgWindows, type PpgWindow } from '../inputs/ppgWindows.ts'
import type { PpgSource, PpgStretch } from '../training/ppgEvaluation.ts'

/** The wearer's amplitude is learnt in this time; nothing of it is looked at. */
const quietSeconds = 40
/** Around a change of what goes on nothing is looked at: a window is half one, half the other, and the filter settles. */
const marginSeconds = 5
/** Every how many samples a simulated device takes one: 100, 50 and 25 Hz. */
const keeps = [1, 2, 4] as const

/**
 * The pulse at the sensor grows and shrinks with posture, cold and pressure while it stays a good one, which the body model does
 * not have: from one act to the next by a factor within these. Assumed, not measured.
 */
const gains = [0.25, 4] as const
/**
 * Sensors and places on the body differ, of which the body model has one: by person, how round the sensor makes the pulse (corner of a
 * low pass, Hz), noise, and small slips that are no fault yet (below about 2 Hz), both as shares of a usual pulse. Assumed, not
 * measured.
 */
const sensors = { cornerHz: [1.5, 10], noise: 0.04, slip: 0.05, slipHz: 2 } as const

/** Counts at the photodiode's end. */
const fullScale = 1_000_000

interface Act {
  label: string
  seconds: number
  events: readonly EventBody[]
}
type Untimed<E> = E extends unknown ? Omit<E, 'atSeconds' | 'durationSeconds'> : never
type EventBody = Untimed<SimulatedEvent>

/** Good contact: at rest and in light movement, at slow and fast rates, and in broken rhythms, which are no fault of a signal. */
export function cleanWearer(seed: number): PpgSource {
  const random = seededRandom(seed, 'clean ppg')
  const between = (from: number, to: number) => Math.round(from + (to - from) * random.uniform())
  return play(seed, [
    { label: 'rest', seconds: 40, events: [] },
    { label: 'walk', seconds: 40, events: [{ kind: 'walk' }] },
    { label: 'effort', seconds: 50, events: [{ kind: 'exercise', toPerMinute: between(85, 160) }] },
    rhythms[seed % rhythms.length]!(between),
    rhythms[(seed + 2) % rhythms.length]!(between),
  ])
}

/** Two of them a person. */
const rhythms: readonly ((between: (from: number, to: number) => number) => Act)[] = [
  (between) => ({
    label: 'atrial fibrillation',
    seconds: 60,
    events: [{ kind: 'atrial-fibrillation', perMinute: between(60, 150) }],
  }),
  (between) => ({
    label: 'ventricular ectopic beats',
    seconds: 60,
    events: [{ kind: 'ectopic-beats', origin: 'ventricular', perHour: between(200, 1500) }],
  }),
  (between) => ({
    label: 'atrial ectopic beats',
    seconds: 60,
    events: [{ kind: 'ectopic-beats', origin: 'atrial', perHour: between(200, 1500) }],
  }),
  (between) => ({
    label: 'tachycardia',
    seconds: 60,
    events: [{ kind: 'tachycardia', toPerMinute: between(110, 180) }],
  }),
  (between) => ({ label: 'bradycardia', seconds: 60, events: [{ kind: 'bradycardia', toPerMinute: between(36, 50) }] }),
]

/** Contact that is not good, one kind after another, with rest between. */
export function faultyWearer(seed: number): PpgSource {
  const rest: Act = { label: 'rest', seconds: 20, events: [] }
  const faults: Act[] = [
    { label: 'motion artefact', seconds: 25, events: [{ kind: 'motion', strength: 1 }] },
    { label: 'slight motion artefact', seconds: 25, events: [{ kind: 'motion', strength: 0.3 }] },
    // The strap is loose by the smallest motion event; the steps shake it.
    { label: 'loose sensor', seconds: 25, events: [{ kind: 'walk' }, { kind: 'motion', strength: 0.05 }] },
    { label: 'off the body', seconds: 25, events: [{ kind: 'off-body' }] },
    { label: 'saturation', seconds: 25, events: [{ kind: 'saturation' }] },
  ]
  return play(
    seed,
    faults.flatMap((fault) => [rest, fault]),
  )
}

/** Simulates the acts one after another; the windows that lie in one of them, away from its ends. */
export function play(seed: number, acts: readonly Act[]): PpgSource {
  const random = seededRandom(seed, 'ppg gain')
  const { photodiodeCounts } = drawPerson(seed)
  const events: SimulatedEvent[] = []
  const stretches: (PpgStretch & { gain: number })[] = []
  let at = quietSeconds
  for (const { label, seconds, events: bodies } of acts) {
    for (const body of bodies) events.push({ ...body, atSeconds: at, durationSeconds: seconds })
    const gain = gains[0] * (gains[1] / gains[0]) ** random.uniform()
    stretches.push({ label, gain, from: (at + marginSeconds) * 1e6, to: (at + seconds) * 1e6 })
    at += seconds
  }
  const body = syntheticBody(seed, events, { signals: ['ppg'] })
  const keep = keeps[seed % keeps.length]!
  const stream = new PpgWindows(ppgRateHz / keep)
  const sensor = drawSensor(seed)
  const windows: PpgWindow[] = []
  for (let second = 0; second < at; second++) {
    const gain = stretches.findLast(({ from }) => second * 1e6 >= from - marginSeconds * 1e6)?.gain ?? 1
    for (const { values } of body(second)) {
      // A photodiode at its end, or on a table, has no pulse to grow.
      const grown = values.map((value) =>
        isLight(value, photodiodeCounts) ? photodiodeCounts + gain * (value - photodiodeCounts) : value,
      )
      const sensed = sensor(grown, gain).filter((_, i) => i % keep === 0)
      windows.push(...stream.push(second * 1e6, sensed))
    }
  }
  return {
    seed,
    windows: windows.flatMap(({ from, to, input }) => {
      const stretch = stretches.find((own) => from >= own.from && to <= own.to)
      return stretch && input ? [{ label: stretch.label, input }] : []
    }),
  }
}

function isLight(counts: number, usual: number): boolean {
  return counts > usual / 2 && counts < 2 * usual
}

/** What a person's sensor makes of a second of light; call it in order. */
function drawSensor(seed: number): (counts: Float32Array, gain: number) => Float32Array {
  const random = seededRandom(seed, 'ppg sensor')
  const { photodiodeCounts, perfusion } = drawPerson(seed)
  const [lowest, highest] = sensors.cornerHz
  const follow = (hz: number) => 1 - Math.exp((-2 * Math.PI * hz) / ppgRateHz)
  const keeps = follow(lowest * (highest / lowest) ** random.uniform())
  const slips = follow(sensors.slipHz)
  // A low pass takes most of white noise away.
  const slipNoise = (sensors.slip * random.uniform()) / Math.sqrt(slips / (2 - slips))
  const noise = sensors.noise * random.uniform()
  let level = photodiodeCounts
  let slipped = 0
  return (counts, gain) => {
    const pulse = gain * photodiodeCounts * perfusion
    return counts.map((value) => {
      level += keeps * (value - level)
      slipped += slips * (random.normal(0, slipNoise) - slipped)
      // At its end it has no noise either.
      if (value >= fullScale) return value
      const onSkin = isLight(value, photodiodeCounts)
      return level + pulse * ((onSkin ? slipped : 0) + random.normal(0, onSkin ? noise : 0))
    })
  }
}

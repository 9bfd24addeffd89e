import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { recording, withRecordings } from '../../test/real/programs.ts'
import type { Flow } from '../flow.ts'
import { contacts } from '../stages/contact.ts'
import { motions, senseMotion } from '../stages/motion.ts'
import { inSeconds } from '../testing/acceleration.ts'
import { emitted, ofKind, stamp } from '../testing/run.ts'
import { convulsion } from './convulsion.ts'
import { fall } from './fall.ts'
import { offBody } from './offBody.ts'

const rows = (path: string): number[][] => {
  const bytes = readFileSync(recording(path))
  const text = path.endsWith('.gz') ? gunzipSync(bytes).toString() : bytes.toString()
  return text
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(Number))
}
const column = (table: readonly number[][], c: number, scale = 1): Float32Array =>
  Float32Array.from(table, (row) => row[c]! * scale)

/** What is found in what healthy people did: nothing. */
function found(items: readonly Flow[]) {
  const contact = contacts()
  const detectors = [offBody(contact), fall(contact), convulsion()]
  const stages = [senseMotion(motions()), ...detectors.map(({ stage }) => stage)]
  const out = stages.reduce((passed, stage) => emitted(stage, passed), [...items])
  return { seconds: ofKind(out, 'motion').length, findings: ofKind(out, 'finding') }
}

const e4 = withRecordings('stress-predict-e4', 'worn Empatica E4 wristbands, an hour each')
const spc = withRecordings('ieee-spc-2015', 'wrists of people running at 6 to 15 km/h')

describe('no fall, convulsion or device off the body', () => {
  it.skipIf(!e4.there).each([
    ['S05', ''],
    ['S14', '.gz'],
    ['S26', '.gz'],
  ])(`on ${e4.name}: %s`, (subject, ending) => {
    const folder = `stress-predict-e4/${subject}`
    const acceleration = rows(`${folder}/ACC.csv${ending}`).slice(2)
    const temperature = rows(`${folder}/TEMP.csv${ending}`).slice(2)
    const heartRate = rows(`${folder}/HR.csv`).slice(2)
    const [x, y, z] = [0, 1, 2].map((c) => column(acceleration, c, 1 / 64))
    const vital = (second: number, signal: 'skinTemperature' | 'heartRate', value?: number): Flow[] =>
      value === undefined ? [] : [{ kind: 'vital', ...stamp(second), signal, value, from: 'device' }]
    const items = inSeconds([x!, y!, z!], 32).flatMap((item) => {
      if (item.kind !== 'samples' || item.signal !== 'accX') return [item]
      const second = item.tick / 1e6
      return [
        item,
        ...vital(second, 'skinTemperature', temperature[4 * second]?.[0]),
        ...vital(second, 'heartRate', heartRate[second - 10]?.[0]),
      ]
    })
    const { seconds, findings } = found(items)
    expect(seconds).toBeGreaterThan(3000)
    expect(findings).toEqual([])
    // Nor where it has no thermometer.
    expect(found(items.filter((item) => item.kind !== 'vital' || item.signal === 'heartRate')).findings).toEqual([])
  })

  it.skipIf(!spc.there).each(['01_TYPE01', '04_TYPE01', '04_TYPE02', '08_TYPE02', '11_TYPE02'])(
    `on ${spc.name}: %s`,
    (name) => {
      const table = rows(`ieee-spc-2015/DATA_${name}.csv.gz`).slice(1)
      const { seconds, findings } = found(inSeconds([column(table, 3), column(table, 4), column(table, 5)], 125))
      expect(seconds).toBeGreaterThan(200)
      expect(findings).toEqual([])
    },
  )
})

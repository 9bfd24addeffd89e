import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadBundle } from '../bundle.ts'
import { shippedBundle } from '../shippedBundle.ts'
import { calibrateCommand, calibrationText, writeCalibrated } from './calibrate.ts'
import { heldOutRecordings, heldOutSeeds } from './calibrationScores.ts'

const recordings =
  process.env['VITAL_EDGE_RECORDINGS'] ?? fileURLToPath(new URL('../../../shared/recordings', import.meta.url))
const mitdb = join(recordings, 'mitdb')
const options = { budget: 0.5, records: [], simulatedWearers: 0, hours: 26, seed: 95_001 }
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'calibrate-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('calibrate', () => {
  it('sets the threshold of a bundle and leaves its weights alone', async () => {
    const before = await loadBundle(shippedBundle('vitals'))
    const out = join(folder, 'calibrated')
    const result = await calibrateCommand(shippedBundle('vitals'), { ...options, simulatedWearers: 2, out })
    const after = await loadBundle(out)
    expect(after.hash).toBe(result.hash)
    expect(after.hash).not.toBe(before.hash)
    expect(after.manifest.weightsSha256).toBe(before.manifest.weightsSha256)
    expect(after.manifest.threshold.value).toBe(result.calibration.threshold)
    expect(after.manifest.calibration).toEqual(result.calibration)
    expect(after.manifest.calibration!.records).toEqual(['simulated/95001', 'simulated/95002'])
    expect(after.manifest.card.limits.at(-1)).toMatch(
      /^Figures were measured at threshold .*, before it was calibrated/,
    )
    // Two hours of two people promise nothing.
    expect(result.calibration.supported).toBe(false)
    expect(calibrationText(result)).toContain('budget unsupported')
  })

  it('writes nothing where no folder is named, and leaves one sentence in the card however often it is run', async () => {
    const copy = join(folder, 'copy')
    await cp(shippedBundle('vitals'), copy, { recursive: true })
    const { hash } = await loadBundle(copy)
    const shown = await calibrateCommand(copy, { ...options, simulatedWearers: 1 })
    expect(shown.hash).toBeUndefined()
    expect((await loadBundle(copy)).hash).toBe(hash)
    const once = await writeCalibrated(copy, await loadBundle(copy), shown.calibration)
    const twice = await writeCalibrated(copy, once, { ...shown.calibration, threshold: 7 })
    expect(twice.manifest.threshold.value).toBe(7)
    expect(twice.manifest.card.limits).toEqual(once.manifest.card.limits)
  })

  it('names recordings and simulated wearers that the model was trained on', async () => {
    const { manifest } = await loadBundle(shippedBundle('ecg-beat'))
    for (const name of ['100', '119', '208', 'other']) await writeFile(join(folder, `${name}.hea`), '')
    const paths = (names: string[]) => names.map((name) => join(folder, name))
    await expect(heldOutRecordings(folder, [], manifest)).rejects.toThrow(/received 100, which it was trained on/)
    expect(await heldOutRecordings(folder, ['119', 'other'], manifest)).toEqual(paths(['119', 'other']))
    await expect(heldOutRecordings(folder, ['nobody'], manifest)).rejects.toThrow('received nobody')
    // One recording is one wearer, however often it is named.
    await expect(heldOutRecordings(folder, ['119', 'other', '119'], manifest)).rejects.toThrow('received 119 again')
    await rm(join(folder, '100.hea'))
    // Those kept for tests are left out unless they are named.
    expect(await heldOutRecordings(folder, [], manifest)).toEqual(paths(['other']))
    expect(() => heldOutSeeds(69_999, 3, manifest)).toThrow(/received 70001, which it was trained on/)
    expect(heldOutSeeds(95_001, 2, manifest)).toEqual([95_001, 95_002])
    // The same person by another number.
    expect(() => heldOutSeeds(70_001 + 2 ** 32, 1, manifest)).toThrow(/which it was trained on/)
  })

  it('says how much a vitals model needs', async () => {
    const few = calibrateCommand(shippedBundle('vitals'), { ...options, simulatedWearers: 2, hours: 3 })
    await expect(few).rejects.toThrow(/^budget unsupported: --hours: expected at least 26 \(.*\), received 3$/)
    // Half an hour of nobody's vital signs.
    const none = calibrateCommand(shippedBundle('vitals'), { ...options, recordings: mitdb, records: ['119'] })
    await expect(none).rejects.toThrow(
      /^budget unsupported: .* a wearer's first 24 h are not scored; expect to need 60 /,
    )
  })

  it('asks for data', async () => {
    await expect(calibrateCommand(shippedBundle('vitals'), options)).rejects.toThrow(
      'expected --recordings or --simulated-wearers, received neither',
    )
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { tsbWindow } from './tsbWindow.ts'
import { volumeUnderSurface, type Vus } from './vus.ts'

interface Remainders {
  name: string
  length: number
  factor: number
  modulus: number
}

type VolumeCase = Remainders &
  Vus & {
    anomalous: [from: number, to: number][]
    raised: [from: number, to: number, by: number][]
    window: number
    thresholds: number
  }

type WindowCase = Remainders & { period: number; height: number; window: number }

/** Figures of TSB-AD's own code; vusReference.py says by which commands. */
const cases = JSON.parse(readFileSync(join(import.meta.dirname, 'vusCases.json'), 'utf8')) as {
  volumes: VolumeCase[]
  windows: WindowCase[]
}

describe('the volume under the surface is the one of TSB-AD', () => {
  it.each(cases.volumes)(
    '$name',
    ({ length, anomalous, raised, factor, modulus, window, thresholds, vusPr, vusRoc }) => {
      const labels = new Uint8Array(length)
      for (const [from, to] of anomalous) labels.fill(1, from, to)
      const scores = Float64Array.from({ length }, (_, i) => (i * factor) % modulus)
      for (const [from, to, by] of raised) for (let i = from; i < to; i++) scores[i]! += by
      const ours = volumeUnderSurface(labels, scores, window, thresholds)
      expect(ours.vusPr).toBeCloseTo(vusPr, 12)
      expect(ours.vusRoc).toBeCloseTo(vusRoc, 12)
    },
  )
})

describe('the window is the one of TSB-AD', () => {
  it.each(cases.windows)('$name', ({ length, period, height, factor, modulus, window }) => {
    const triangle = (i: number) => Math.abs((i % period) * 2 - period) * height
    expect(tsbWindow(Float64Array.from({ length }, (_, i) => triangle(i) + ((i * factor) % modulus)))).toBe(window)
  })
})

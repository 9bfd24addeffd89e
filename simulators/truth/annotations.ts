import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Annotation } from '../recordings/recording.ts'
import type { TruthMark } from '../synthetic/syntheticDevice.ts'
import { microsPerSecond } from '../timedRecord.ts'
import { annotationFile } from './annotationFile.ts'

/** Annotations are counted in ms: fine enough for a beat, and 24 days fit into 31 bits. */
export const annotationRateHz = 1000

/** Rhythms as the MIT-BIH databases write them; every other event is a comment. */
const rhythms: Record<string, string> = {
  'atrial-fibrillation': '(AFIB',
  'ventricular-run': '(VT',
  'ventricular-fibrillation': '(VFIB',
  bradycardia: '(SBR',
}
const normalRhythm = '(N'
/** Signal quality (`~`): 1 noisy, -1 not readable, 0 clean again. */
const noises: Record<string, number> = {
  motion: 1,
  'mains-hum': 1,
  'baseline-wander': 1,
  saturation: -1,
  'lead-off': -1,
  'off-body': -1,
}

/**
 * What a device's marks are in WFDB terms, in order of time: beats, rhythm changes, signal quality, comments. What lies at the
 * end or after it is left out: what began before and has no end here lasts to the end.
 */
export function annotationsOf(marks: readonly TruthMark[], seconds: number): Annotation[] {
  const samples = Math.floor(seconds * annotationRateHz)
  const sampleOf = (tick: number) => Math.round((tick / microsPerSecond) * annotationRateHz)
  const found: Annotation[] = [{ sample: 0, code: '+', aux: normalRhythm }]
  for (const mark of marks) {
    if (mark.kind === 'beat') {
      found.push({ sample: sampleOf(mark.tick), code: mark.code })
      continue
    }
    const from = { sample: sampleOf(mark.from) }
    const until = { sample: sampleOf(mark.until) }
    const rhythm = rhythms[mark.code]
    const noise = noises[mark.code]
    if (rhythm !== undefined) {
      found.push({ ...from, code: '+', aux: rhythm }, { ...until, code: '+', aux: normalRhythm })
    } else if (noise !== undefined) {
      found.push(
        { ...from, code: '~', subtype: noise, aux: mark.code },
        { ...until, code: '~', aux: `${mark.code} over` },
      )
    } else {
      found.push({ ...from, code: '"', aux: mark.code }, { ...until, code: '"', aux: `${mark.code} over` })
    }
  }
  // Sorting is stable: marks of one moment stay in the order in which they were made.
  return found.filter(({ sample }) => sample < samples).sort((a, b) => a.sample - b.sample)
}

/** Writes `DIR/DEVICE.atr` with the header that it needs, `DIR/DEVICE.hea`; times count from the device's first start. */
export async function writeAnnotations(
  folder: string,
  device: string,
  marks: readonly TruthMark[],
  { seconds, startEpochMicros }: { seconds: number; startEpochMicros: number },
): Promise<void> {
  // A WFDB record's name has letters, digits, "_" and "-" only.
  const record = device.replaceAll('.', '_')
  const start = new Date(startEpochMicros / 1000).toISOString()
  const [year, month, day] = start.slice(0, 10).split('-')
  const samples = Math.floor(seconds * annotationRateHz)
  const header = `${record} 0 ${annotationRateHz} ${samples} ${start.slice(11, 23)} ${day}/${month}/${year}\n`
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, `${record}.hea`), `${header}# synthetic: beats and events of device ${device}\n`)
  await writeFile(join(folder, `${record}.atr`), annotationFile(annotationsOf(marks, seconds)))
}

import { loadBundle } from '../../models/bundle.ts'
import { projectFolder } from '../real/programs.ts'

/** Those that a gateway loads: of the sources, as this may run compiled to somewhere else. */
export async function shippedModels() {
  const folder = `${projectFolder}/models/shipped`
  return {
    bundle: await loadBundle(`${folder}/ecg-beat`, { kind: 'ecg-beat' }),
    vitalsBundle: await loadBundle(`${folder}/vitals`, { kind: 'vitals' }),
    ppgBundle: await loadBundle(`${folder}/ppg-quality`, { kind: 'ppg-window' }),
  }
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { thisProgram } from '../../evaluation/evaluation.ts'

/** Results in a folder, one a file, for whoever goes on later. Only those of the same program with the same settings count. */
export class KeptResults {
  readonly #folder: string | undefined
  readonly #made: string

  /**
   * @param folder absent: nothing is kept
   * @param settings what a result depends on beside its name and the program
   */
  constructor(folder: string | undefined, settings: object) {
    this.#folder = folder
    this.#made = JSON.stringify({ program: thisProgram(), ...settings })
    if (folder !== undefined) mkdirSync(folder, { recursive: true })
  }

  /** Nothing where it was never made, was made otherwise, or was torn while it was written. */
  read<T>(name: string): T | undefined {
    if (this.#folder === undefined) return undefined
    try {
      const kept = JSON.parse(readFileSync(this.#fileOf(this.#folder, name), 'utf8')) as { made: string; result: T }
      return kept.made === this.#made ? kept.result : undefined
    } catch {
      return undefined
    }
  }

  /** @param result plain JSON, of finite numbers */
  write(name: string, result: unknown): void {
    if (this.#folder === undefined) return
    writeFileSync(this.#fileOf(this.#folder, name), JSON.stringify({ made: this.#made, result }))
  }

  #fileOf(folder: string, name: string): string {
    return join(folder, `${basename(name)}.json`)
  }
}

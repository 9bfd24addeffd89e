import { fileURLToPath } from 'node:url'
import { quantile } from '../interleave.ts'
import type { Row, Suite } from '../suite.ts'
import { profiled, sharesOf } from './profile.ts'
import { shippedModels, templatesOf, Ward } from './wearers.ts'

/** Sources lie two folders above the compiled programs: the models are not copied. */
const models = fileURLToPath(new URL('../../../../../../models/shipped', import.meta.url))
/** Different people of whom the others are the like. */
const people = 10
/** Until every estimator has begun, s. */
const warmUp = 40
const rounds = 5

/**
 * The whole pipeline without transport and disk, one thread: blocks in memory → verdicts, findings, alarms and summaries. The
 * wards take turns; what is counted is processor time of the process.
 */
export const pipelineSuite: Suite = {
  about: 'blocks in memory to verdicts and alarms: processor time a wearer-second, by wearers and by kind of work',
  async run({ quick }) {
    const sizes = quick ? [10, 20] : [10, 100, 1000, 5000]
    const spans = sizes.map((wearers) => (quick ? 1 : Math.max(2, Math.round(6000 / wearers))))
    const bundles = await shippedModels(models)
    const templates = templatesOf(people, warmUp + rounds * Math.max(...spans))
    const rows: Row[] = []
    for (const [i, wearers] of sizes.entries()) {
      const seconds = spans[i]!
      const ward = new Ward(wearers, templates, bundles)
      ward.run(warmUp)
      const heapBefore = process.memoryUsage().rss
      const costs = Array.from({ length: rounds }, () => {
        const before = process.cpuUsage()
        ward.run(seconds)
        const { user, system } = process.cpuUsage(before)
        return (user + system) / (wearers * seconds)
      })
      if ((ward.counts['verdict'] ?? 0) < wearers * seconds)
        throw new Error(
          `${wearers} wearers: expected a verdict a wearer-second, received ${ward.counts['verdict'] ?? 0}`,
        )
      rows.push({
        name: `${wearers} wearers`,
        value: quantile(costs, 0.5),
        unit: 'µs/wearer-second',
        lowest: quantile(costs, 0),
        highest: quantile(costs, 1),
        rssMB: Math.round(heapBefore / 2 ** 20),
      })
    }
    const ward = new Ward(quick ? 10 : 100, templates, bundles)
    ward.run(warmUp)
    const shares = sharesOf(await profiled(() => ward.run(quick ? 2 : 40)))
    for (const [kind, share] of Object.entries(shares))
      rows.push({ name: `share: ${kind}`, value: 100 * share, unit: '%' })
    return { rows, ratios: { flatness: rows[0]!.value / rows[sizes.length - 1]!.value } }
  },
}

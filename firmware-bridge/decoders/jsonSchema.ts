import { z } from 'zod'
import { deviceEventCodes, maxTick, noReadingCauses } from '../records.ts'
import { signalNames } from '../signals.ts'
import { allUnits } from '../units.ts'
import { maxItems } from './jsonItems.ts'

const maxValues = 4096

/** What the JSON Schema says beside the checks; those with an `id` stand once, in its `$defs`. */
const about = z.registry<{ id?: string; title?: string; description?: string; enum?: string[] }>()

const uint32 = () => z.int().min(0).max(0xffffffff)
const tick = () => z.int().min(0).max(maxTick)

/** All three, of a device that counts its messages. */
const identity = {
  bootId: uint32().register(about, { id: 'bootId', description: 'Drawn anew at each boot.' }),
  sequence: uint32().register(about, { id: 'sequence', description: 'Counts the objects sent since boot.' }),
  tick: tick().register(about, { id: 'tick', description: 'µs since boot, at the first sample or at the event.' }),
}

/** Of one that does not: the gateway numbers what it says. */
const noIdentity = {
  tick: tick()
    .register(about, { id: 'ownTick', description: 'µs of the device’s own clock, from any origin.' })
    .optional(),
}

const signal = z.enum(signalNames).register(about, { id: 'signal' })
/** Which of them a signal can have, the decoder checks. */
const unit = z.string().register(about, {
  id: 'unit',
  description: 'UCUM, or a common spelling. Which ones a signal can have, the README says.',
  enum: allUnits,
})
const value = z
  .union([z.number(), z.null(), z.literal('NaN')], {
    error: ({ input }) => `expected a number or null, received ${input === undefined ? 'none' : typeof input}`,
  })
  .register(about, { id: 'value', description: 'null or "NaN" where it could not be measured.' })
const rateHz = z.number().min(0.001).max(1e6).register(about, { id: 'rateHz', description: 'Samples per second.' })

/** The objects of a payload, by what they hold and by whether the device counts them. */
export const itemSchemas = {
  samples: withAndWithoutIdentity('evenly spaced samples', {
    signal,
    values: z.array(value).min(1).max(maxValues),
    rateHz,
    unit,
  }),
  single: withAndWithoutIdentity('one value', { signal, value, rateHz: rateHz.optional(), unit }),
  event: withAndWithoutIdentity('event', {
    event: z.enum(deviceEventCodes),
    value: z
      .number()
      .register(about, { description: 'battery: percent; fault: the vendor’s code; no other has one.' })
      .optional(),
    signal: signal.optional(),
    cause: z
      .enum(noReadingCauses)
      .register(about, { description: 'no-reading: why `signal` has no value.' })
      .optional(),
  }),
}

function withAndWithoutIdentity<Shape extends z.core.$ZodShape>(what: string, shape: Shape) {
  return {
    numbered: z.strictObject({ ...identity, ...shape }).register(about, { title: what }),
    unnumbered: z
      .strictObject({ ...noIdentity, ...shape })
      .register(about, { title: `${what}, of a device that counts nothing` }),
  }
}

/** The JSON Schema (draft 2020-12) of a payload. A payload that it refuses is refused, at least in part; not the reverse. */
export function jsonPayloadSchema(): object {
  const { samples, single, event } = itemSchemas
  const item = z
    .union([samples, single, event].flatMap(({ numbered, unnumbered }) => [numbered, unnumbered]))
    .register(about, { id: 'item' })
  const payload = z
    .union([item, z.array(item).max(maxItems)])
    .register(about, { title: 'What a device may send to Vital Edge as JSON' })
  return z.toJSONSchema(payload, { metadata: about, target: 'draft-2020-12', io: 'input' })
}

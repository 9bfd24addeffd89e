import { z } from 'zod'

const rate = z.number().min(0)
const share = z.number().min(0).max(1)

/**
 * How a threshold was set from a false-alarm budget; a part of a bundle. Rates are alarms a wearer-day, counted after the alarm
 * logic, on normal data; a wearer-day is 24 h of scored windows.
 */
export const calibrationSchema = z.strictObject({
  budgetAlarmsPerWearerDay: z.number().positive(),
  threshold: z.number().positive(),
  /** Whether the data can promise the budget. */
  supported: z.boolean(),
  /** In words; begins with `budget unsupported` where it is not. */
  why: z.string().min(1),
  method: z.enum(['peaks-over-threshold', 'block-quantile']),
  /** What makes scores an alarm. */
  alarmLogic: z.string().min(1),

  wearers: z.int().min(1),
  wearerDays: z.number().positive(),
  windows: z.int().min(1),
  /** Stretches of a wearer's scored time of at least `blockSeconds`. */
  blocks: z.int().min(1),
  blockSeconds: z.number().min(3600),
  /** Wearers with less than a block: not used. */
  leftOut: z.array(z.string()),
  /** Recordings and simulated wearers by name, none of them trained on. */
  records: z.array(z.string()),

  /** Generalised Pareto tail of the alarms' peaks, on the logarithm of the score; absent where there were too few. */
  tail: z
    .strictObject({
      /** Score above which peaks were fitted. */
      u: z.number().positive(),
      /** Windows above it, and the alarms they make: the extremal index is their ratio. */
      exceedances: z.int().min(1),
      clusters: z.int().min(1),
      extremalIndex: share,
      /** Share of the peaks above a threshold near the budget's that raise an alarm of their own there; the others run together. */
      raised: share,
      /** Peaks above u a wearer-day. */
      alarmsPerWearerDay: rate,
      /** Shape ξ and scale σ of the logarithms. */
      xi: z.number(),
      sigma: z.number().positive(),
    })
    .optional(),
  extrapolation: z.strictObject({
    /** Budget times wearer-days: alarms to be expected in these data. Below 1 the threshold lies beyond them. */
    expectedAlarms: rate,
    /** Wearer-days between alarms by the budget, over those observed. */
    returnPeriodToObserved: z.number().positive(),
    /** Threshold over the highest peak that there was. */
    thresholdToHighestPeak: z.number().positive().optional(),
  }),
  /** Only with `block-quantile`. */
  blockQuantile: z
    .strictObject({
      /** Share of the blocks that would have stayed without an alarm. */
      share,
      /** Lowest rate that so few blocks can tell from none. */
      resolvedAlarmsPerWearerDay: rate,
    })
    .optional(),
  /** Rate at the threshold, with bounds. */
  predicted: z.strictObject({ alarmsPerWearerDay: rate, low: rate, high: rate, confidence: share, how: z.string() }),
  /** At the threshold, in these data. */
  counted: z.strictObject({ alarms: z.int().min(0), alarmsPerWearerDay: rate }),
  /** Of single wearers at the threshold, in these data. */
  spread: z.strictObject({
    lowest: rate,
    median: rate,
    highest: rate,
    withoutAlarm: share,
    aboveTwiceBudget: share,
    /** Variance of the wearers' counts over what chance alone would give (1); absent without alarms or with one wearer. */
    dispersion: z.number().min(0).optional(),
  }),
  /** The quantile of single windows that looks like the budget, and what it gives after the alarm logic. */
  naive: z.strictObject({ threshold: z.number(), alarmsPerWearerDay: rate, how: z.string() }),
})

export type Calibration = z.infer<typeof calibrationSchema>

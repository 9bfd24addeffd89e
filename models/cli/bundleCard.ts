import type { Bundle } from '../bundle.ts'

/** A bundle's model card, for a person to read. */
export function bundleCard({ manifest, hash, parameters }: Bundle): string {
  const { name, inputSchema, units, model, threshold, calibration, training, card, signature } = manifest
  const { recorded, simulated } = training.windows
  return [
    `${name} ${hash}${card.simulated ? ' (simulated)' : ''}`,
    card.purpose,
    `input      ${inputSchema.kind}: ${pairs(units)}`,
    `model      ${model.kind}${'architecture' in model ? `, ${model.architecture}` : ''}, ${parameters.length} numbers`,
    `threshold  ${threshold.value.toFixed(3)}: ${threshold.how}`,
    ...(calibration === undefined ? [] : [`budget     ${budget(calibration)}`]),
    `alarms     ${card.alarms}`,
    `signature  ${signature === undefined ? 'none' : `by key ${signature.keyId}`}`,
    `learnt     ${card.data}`,
    `           ${recorded} windows of ${training.persons.length} persons: ${training.records.join(', ') || 'none'}`,
    `           ${simulated} windows of ${training.simulated.length} simulated wearers`,
    `           kept out: ${training.excluded.join(', ') || 'none'}`,
    `remade by  ${training.command}`,
    '',
    card.evaluation,
    ...figures({ [name]: card.metrics, ...card.baselines }),
    '',
    'Limits',
    ...card.limits.map((limit) => `- ${limit}`),
  ].join('\n')
}

/** A row a model, a column a metric. */
function figures(byModel: Record<string, Record<string, number>>): string[] {
  const metrics = [...new Set(Object.values(byModel).flatMap(Object.keys))]
  const names = Object.keys(byModel)
  const width = Math.max(...names.map((name) => name.length))
  const cell = (value: number | undefined) => (value === undefined ? '' : value.toFixed(3))
  return [
    [''.padEnd(width), ...metrics].join('  '),
    ...names.map((name) =>
      [name.padEnd(width), ...metrics.map((metric) => cell(byModel[name]![metric]).padStart(metric.length))].join('  '),
    ),
  ]
}

function budget({ budgetAlarmsPerWearerDay, supported, wearerDays }: NonNullable<Bundle['manifest']['calibration']>) {
  const data = `${wearerDays.toFixed(1)} wearer-days`
  const verdict = supported ? `from ${data}` : `unsupported by ${data}: the threshold is a quantile`
  return `${budgetAlarmsPerWearerDay} alarms a wearer-day, ${verdict}`
}

function pairs(units: Record<string, string>): string {
  return Object.entries(units)
    .map(([signal, unit]) => `${signal} in ${unit}`)
    .join(', ')
}

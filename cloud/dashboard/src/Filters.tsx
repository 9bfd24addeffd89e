import type { Filter } from './filters.ts'
import { texts } from './texts.ts'

interface Props {
  filter: Filter
  wearers: readonly string[]
  onFilter: (filter: Filter) => void
}

/** Chooses which alarms are listed. */
export function Filters({ filter, wearers, onFilter }: Props) {
  const choice = <Name extends keyof Filter>(name: Name, options: readonly (readonly [string, string])[]) => (
    <label>
      {texts.filters[name]}
      <select
        value={filter[name]}
        data-testid={`filter-${name}`}
        onChange={(event) => onFilter({ ...filter, [name]: event.currentTarget.value })}
      >
        <option value="">{texts.all}</option>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
  return (
    <div class="filters" role="group" aria-label={texts.filter}>
      {choice('state', Object.entries(texts.filterStates))}
      {choice('priority', Object.entries(texts.priorities))}
      {choice('type', Object.entries(texts.types))}
      {choice(
        'wearer',
        wearers.map((id) => [id, id] as const),
      )}
    </div>
  )
}

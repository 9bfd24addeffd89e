import type { Alarm } from '../../../edge/messages.ts'
import type { WearerView } from '../../view.ts'
import { Badge } from './Badge.tsx'
import { EarlyWarning } from './EarlyWarning.tsx'
import { Observe } from './Observe.tsx'
import { texts } from './texts.ts'
import { absolute, ago, localised } from './time.ts'
import { TrendPlot } from './TrendPlot.tsx'

interface Props {
  wearer: WearerView
  /** Those that are not over and done with, the most urgent first. */
  alarms: Alarm[]
  now: number
  mayAnswer: boolean
}

/** A value older than this is shown as old, in ms. */
const oldAfterMs = 10_000
/** In this order and no other, so that a number is always where it was. */
const order = Object.keys(texts.signals)
const decimals: Record<string, number> = { temperature: 1, skinTemperature: 1 }

/** One wearer on the wall. */
export function Tile({ wearer, alarms, now, mayAnswer }: Props) {
  const alarm = alarms[0]
  const { id, watchingSince, notWatchingBecause, watchingWithout, vitals, coverage, devices } = wearer
  const isWatched = watchingSince !== undefined
  const shown = Object.entries(vitals)
    .filter(([signal]) => texts.signals[signal] !== undefined)
    .sort(([a], [b]) => order.indexOf(a) - order.indexOf(b))
  const tone = alarm ? `${alarm.priority} ${alarm.acknowledged ? 'acknowledged' : ''}` : ''
  return (
    <li class={`tile ${tone} ${isWatched ? '' : 'unwatched'}`} data-testid={`tile-${id}`}>
      <div class="tile-head">
        <h3>{id}</h3>
        <span class="devices">{texts.devices(devices)}</span>
      </div>
      <p class="tile-alarm">
        {alarm ? (
          <>
            <Badge alarm={alarm} /> <span class="tile-text">{localised(alarm.text, now)}</span>{' '}
            {alarm.endedAt !== undefined && <span class="muted">({texts.over}) </span>}
            {alarms.length > 1 && <span class="muted">{texts.more(alarms.length - 1)}</span>}
          </>
        ) : (
          <span class={isWatched ? 'fine' : 'muted'}>
            {isWatched && <span aria-hidden="true">✓ </span>}
            {texts.noAlarm}
          </span>
        )}
      </p>
      <p class={`watch ${isWatched ? '' : 'not'}`}>
        {isWatched ? (
          <>
            {texts.watching(`${absolute(watchingSince, now)} (${ago(watchingSince, now)})`)}
            {watchingWithout !== undefined && <strong> ⊘ {texts.without(watchingWithout)}</strong>}
          </>
        ) : (
          <>
            <strong>⊘ {texts.notWatching}</strong> {texts.because(localised(notWatchingBecause ?? '', now))}
          </>
        )}
      </p>
      <dl class="vitals">
        {shown.map(([signal, { value, unit, at }]) => {
          const isOld = now - Date.parse(at) > oldAfterMs
          return (
            <div key={signal} class={isOld ? 'old' : ''}>
              <dt>{texts.signals[signal]}</dt>
              <dd>
                {value.toFixed(decimals[signal] ?? 0)} <small>{texts.units[unit] ?? unit}</small>
                {isOld && <small class="age">{texts.old(ago(at, now).replace(/ ago$/, ''))}</small>}
              </dd>
            </div>
          )
        })}
        {shown.length === 0 && <p class="muted">{texts.noVitals}</p>}
      </dl>
      <EarlyWarning score={wearer.earlyWarning} wearer={id} now={now} />
      <Score wearer={wearer} now={now} />
      <p class="coverage" title={texts.coverageHelp}>
        {texts.coverage} <strong>{(coverage * 100).toFixed(coverage < 0.9995 ? 1 : 0)} %</strong>
      </p>
      {mayAnswer && <Observe wearer={id} />}
      <TrendPlot wearer={id} threshold={wearer.threshold} now={now} />
    </li>
  )
}

/** The newest score as a bar, its threshold as a mark in the middle: past the mark is an anomaly. */
function Score({ wearer, now }: { wearer: WearerView; now: number }) {
  const { score, threshold, scoredAt } = wearer
  const isFresh = scoredAt !== undefined && now - Date.parse(scoredAt) <= oldAfterMs
  if (score === undefined || threshold === undefined || !isFresh) {
    return (
      <p class="score muted">
        {texts.score}: {texts.noScore}
      </p>
    )
  }
  const share = Math.min(1, score / (2 * threshold))
  return (
    <div class={`score ${score > threshold ? 'over' : ''}`}>
      <p>
        {texts.score} <strong>{score.toPrecision(3)}</strong>{' '}
        <span class="muted">
          {score > threshold ? '>' : '≤'} {texts.threshold} {threshold.toPrecision(3)}
        </span>
      </p>
      <div class="score-bar" aria-hidden="true">
        <div style={{ width: `${share * 100}%` }} />
      </div>
    </div>
  )
}
